// Batches: which jobs go through the model in one call.
#include "batch/batches.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "recipe/options.h"
#include "schedule/samplers.h"

namespace redraw {
namespace {

constexpr long long kMaxBatchPixels = 64'000'000;  // of sources and results; three batches are in memory

long long pixels_of(const Job& job) {
  const auto area = [](Size size) { return static_cast<long long>(size.width) * size.height; };
  return std::max(area(job.source_size), area(job.target_size));
}

/// What one model call has in common: width, height, LoRAs.
using Likeness = std::tuple<int, int, int, std::vector<LoraUse>>;  // work size, group, LoRAs

struct OpenBatch {
  std::vector<std::size_t> jobs;
  long long pixels = 0;
};

}  // namespace

std::vector<std::vector<std::size_t>> make_batches(std::span<const Job> jobs,
                                                   const std::function<int(Size)>& batch_of) {
  std::vector<std::vector<std::size_t>> batches;
  std::map<Likeness, OpenBatch> open;
  const auto close = [&](OpenBatch& batch) {
    if (!batch.jobs.empty()) batches.push_back(std::move(batch.jobs));
    batch = {};
  };
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const Size size = jobs[i].work_size;
    OpenBatch& batch = open[{size.width, size.height, jobs[i].group, jobs[i].loras}];
    if (batch.pixels + pixels_of(jobs[i]) > kMaxBatchPixels) close(batch);
    batch.jobs.push_back(i);
    batch.pixels += pixels_of(jobs[i]);
    const int most = find_sampler(jobs[i].recipe.sampler)->alone ? 1 : std::max(1, batch_of(size));
    if (batch.jobs.size() >= static_cast<std::size_t>(most)) close(batch);
  }
  for (auto& [likeness, batch] : open) close(batch);
  std::sort(batches.begin(), batches.end());
  return batches;
}

std::string text_of_group(const Recipe& recipe) {
  constexpr std::string_view kFree[] = {"inputs", "mask",           "sketch", "prompt", "negative_prompt",
                                        "seed",   "variation_seed", "width",  "height", "scale"};
  std::string all;
  for (const Option& option : options())
    if (std::find(std::begin(kFree), std::end(kFree), option.key) == std::end(kFree))
      all += text_of(option, recipe).value_or("") + "\n";
  return all;
}

}  // namespace redraw
