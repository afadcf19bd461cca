// Estimate: how long a plan will take and how much memory, before a weight is loaded.
#include "batch/estimate.h"

#include <algorithm>
#include <thread>

#include "batch/batches.h"
#include "batch/model_cost.h"
#include "batch/paths.h"
#include "recipe/limits.h"

namespace redraw {
namespace {

// Multiplications a second and core, f32: between the small models and the large (docs/BENCHMARKS.md)
constexpr double kCpuSpeed = 40e9;
constexpr double kCudaSpeed = 40e12;  // f16, of a large GPU: a guess
constexpr double kLibrary = 350e6;    // bytes of libtorch itself
constexpr double kFullSizeLayers = 4; // tensors of a decode that are alive at once
constexpr double kHostBatches = 3, kHostBytesPerPixel = 16;  // source, init, overlay, base and result
constexpr double kAutoPixels = 4 * 512.0 * 512.0, kMostAuto = 16;  // as the engine chooses its batch

bool is_cuda(const Recipe& recipe) {
  const auto devices = parse_devices(recipe.devices);
  const std::string device = !recipe.devices.empty() && devices ? devices->front() : recipe.device;
  return device.starts_with("cuda") || (device == "auto" && is_there("/dev/nvidiactl"));
}

double pixels_of(Size size) { return static_cast<double>(size.width) * size.height; }

int rows_of(const Recipe& recipe) { return recipe.cfg_scale == 1 ? 1 : 2; }

double batch_of(const Recipe& recipe, Size size) {
  if (recipe.determinism == Determinism::kBitwise) return 1;
  return recipe.batch > 0 ? recipe.batch : std::clamp(kAutoPixels / std::max(1.0, pixels_of(size)), 1.0, kMostAuto);
}

/// Multiplications a second of this model, as far as the ledger knows.
std::optional<double> measured_speed(const ModelCost& cost, const Plan& plan, int rows) {
  if (plan.ledger_folder.empty()) return std::nullopt;
  const LedgerRecords records = read_ledgers(plan.ledger_folder);
  if (records.runs.empty() || !records.runs.back().model) return std::nullopt;
  const LedgerRun& run = records.runs.back();
  if (run.model->stamp != stamp_of(plan.model_path).value_or(FileStamp{})) return std::nullopt;
  double work = 0, seconds = 0;
  for (const auto& [output, entry] : records.entries) {
    if (!entry.error.empty() || entry.seconds <= 0 || entry.time < run.time) continue;
    work += cost.picture(entry.work_size, entry.steps, rows);
    seconds += entry.seconds;
  }
  return seconds > 0 ? std::optional(work / seconds) : std::nullopt;
}

double usual_speed(const Recipe& recipe, bool cuda) {
  const double cores = recipe.threads > 0 ? recipe.threads : std::max(1U, std::thread::hardware_concurrency());
  return cuda ? kCudaSpeed : kCpuSpeed * cores;
}

double workers_of(const Recipe& recipe, bool cuda) {
  const auto devices = parse_devices(recipe.devices);
  return cuda && !recipe.devices.empty() && devices ? static_cast<double>(devices->size())
                                                    : 1;  // of the CPU they share it
}

void add_memory(const Recipe& recipe, const Plan& plan, const ModelCost& cost, bool cuda, Estimate& result) {
  double largest = 0;
  for (const Job& job : plan.jobs) {
    const double batch = batch_of(recipe, job.work_size), pixels = batch * pixels_of(job.work_size);
    const double bytes = cuda ? 2 : 4;
    largest = std::max(largest, kFullSizeLayers * pixels * cost.vae_channels * bytes);
    result.host_bytes =
        std::max(result.host_bytes, kHostBatches * batch * kHostBytesPerPixel *
                                        std::max(pixels_of(job.source_size), pixels_of(job.target_size)));
  }
  result.memory_bytes = cost.parameters * (cuda ? 2 : 4) + largest + kLibrary;
}

}  // namespace

std::optional<Estimate> estimate(const Recipe& recipe, const Plan& plan) {
  const auto cost = read_model_cost(plan.model_path);
  if (!cost || plan.jobs.empty()) return std::nullopt;
  const bool cuda = is_cuda(recipe);
  const int rows = rows_of(recipe);
  double work = 0;
  for (const Job& job : plan.jobs) {
    work += cost->picture(job.work_size, job.steps_run, rows);
    for (const Job& stage : job.before) work += cost->picture(stage.work_size, stage.steps_run, rows);
  }
  const auto measured = measured_speed(*cost, plan, rows);
  Estimate result;
  result.seconds = work / measured.value_or(usual_speed(recipe, cuda)) / workers_of(recipe, cuda);
  result.measured = measured.has_value();
  result.device = cuda ? "cuda" : "cpu";
  add_memory(recipe, plan, *cost, cuda, result);
  return result;
}

}  // namespace redraw
