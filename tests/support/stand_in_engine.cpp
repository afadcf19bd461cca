// An engine without a model: the real program runs with it, so that a test can watch what is around a model.
// It inverts pictures; REDRAW_STAND_IN_MS is how long a call takes, REDRAW_STAND_IN_DIE names a picture
// that ends the process.
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "base/files.h"
#include "redraw/engine.h"

namespace redraw {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

class StandIn : public Engine {
 public:
  explicit StandIn(const EngineSpec& spec) {
    if (spec.device != "auto" && spec.device != "cpu")
      throw Error(ErrorKind::kDevice, "no CUDA device", "device", "the stand-in has none", "--device cpu");
    info_.family = "stand-in";
    info_.prediction = "eps";
    info_.model_name = "stand-in";
    info_.model_sha256 = sha256_of_file(spec.model_path);
    info_.device = "cpu";
    info_.dtype = "f32";
  }
  const ModelInfo& info() const override { return info_; }
  int auto_batch(Size) const override { return 4; }
  std::vector<Generated> run(std::span<const EngineTask> tasks, const std::function<void(int, int)>& on_step) override {
    const std::string ms = variable("REDRAW_STAND_IN_MS"), deadly = variable("REDRAW_STAND_IN_DIE");
    std::vector<Generated> all;
    for (const EngineTask& task : tasks) {
      if (!deadly.empty() && task.job->input_path.stem() == deadly) ::raise(SIGKILL);
      all.emplace_back();
      all.back().image = task.prepared->init_image;
      for (auto& value : all.back().image.data) value = static_cast<std::uint8_t>(255 - value);
      all.back().timings_ms["denoise"] = ms.empty() ? 0.01 : std::atof(ms.c_str());
    }
    if (!ms.empty())
      std::this_thread::sleep_for(std::chrono::microseconds(static_cast<long>(1000 * std::atof(ms.c_str()))));
    on_step(1, 2);
    on_step(2, 2);
    return all;
  }

 private:
  ModelInfo info_;
};

}  // namespace
}  // namespace redraw

extern "C" __attribute__((visibility("default"))) redraw::Engine* redraw_create_engine(const redraw::EngineSpec* spec) {
  return new redraw::StandIn(*spec);
}
