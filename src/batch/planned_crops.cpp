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

std::vector<PlannedCrop> planned_crops(const Plan& plan) {
  std::vector<PlannedCrop> crops(plan.jobs.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < crops.size(); i = next++) crops[i] = crop_of(plan.jobs[i]);
  };
  std::vector<std::future<void>> others;
  for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) others.push_back(std::async(std::launch::async, work));
  work();
  for (auto& other : others) other.get();
  return crops;
}

}  // namespace redraw
