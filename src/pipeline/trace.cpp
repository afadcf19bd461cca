// A timeline of one call of the engine, operator by operator and kernel by kernel.
#include "pipeline/trace.h"

#include <torch/csrc/autograd/profiler_kineto.h>

#include <cstdlib>
#include <set>

namespace redraw {
namespace {

namespace profiler = torch::autograd::profiler;
using Activity = torch::profiler::impl::ActivityType;

constexpr int kRecordedCall = 2;

}  // namespace

Trace::Trace() {
  static int calls = 0;
  const char* file = std::getenv("REDRAW_TRACE");
  if (file == nullptr || ++calls != kRecordedCall) return;
  file_ = file;
  const std::set<Activity> activities{Activity::CPU, Activity::CUDA};
  constexpr bool kWithShapes = true;
  const torch::profiler::impl::ProfilerConfig config(torch::profiler::impl::ProfilerState::KINETO, kWithShapes);
  profiler::prepareProfiler(config, activities);
  profiler::enableProfiler(config, activities);
}

Trace::~Trace() {
  if (!file_.empty()) profiler::disableProfiler()->save(file_);
}

}  // namespace redraw
