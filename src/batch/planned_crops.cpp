// Planned crops: the regions that only_masked will redraw, before anything runs.
#include "batch/planned_crops.h"

#include <atomic>
#include <future>
#include <thread>

#include "batch/load.h"
#include "canvas/mask_sources.h"
#include "canvas/prepare.h"
#include "image/read.h"

namespace redraw {
namespace {

std::optional<Rect> region_of(const Job& job) {
  if (!job.mask_path.empty()) return crop_region_of(job, read_image(job.mask_path));
  if (job.stage > 0) throw Error(ErrorKind::kRequest, "known when the stage before it is made");
  const Files files = read_files(job);
  return crop_region_of(job, *make_canvas(job.recipe, files.source, files.mask, files.sketch).mask);
}

PlannedCrop crop_of(const Job& job) {
  if (!job.only_masked()) return {};
  try {
    const auto region = region_of(job);
    return {region, region ? "" : "the mask is empty: the whole picture is redrawn"};
  } catch (const std::exception& error) {
    return {std::nullopt, error.what()};
  }
}

}  // namespace

PlannedCrops planned_crops(const Plan& plan) {
  std::vector<const Job*> jobs;
  for (const Job& job : plan.jobs) {
    jobs.push_back(&job);
    for (const Job& stage : job.before) jobs.push_back(&stage);
  }
  std::vector<PlannedCrop> crops(jobs.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < crops.size(); i = next++) crops[i] = crop_of(*jobs[i]);
  };
  std::vector<std::future<void>> others;
  for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i)
    others.push_back(std::async(std::launch::async, work));
  work();
  for (auto& other : others) other.get();
  PlannedCrops by_job;
  for (std::size_t i = 0; i < jobs.size(); ++i) by_job[jobs[i]] = std::move(crops[i]);
  return by_job;
}

}  // namespace redraw
