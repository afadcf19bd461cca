// One picture as a job for the tiny checkpoint: seconds of work become milliseconds.
#pragma once

#include <optional>

#include "canvas/prepare.h"
#include "redraw/engine.h"
#include "support/pictures.h"

namespace redraw::test {

constexpr Size kTinySize{64, 48};

struct TinyJob {
  Image source;
  Job job;
  Prepared prepared;

  explicit TinyJob(std::int64_t seed, const std::optional<Mask>& mask = std::nullopt)
      : source(noisy_image(kTinySize.width, kTinySize.height, 3, static_cast<unsigned>(seed))) {
    job.recipe.prompt = "a (red:1.2) boat on a lake";
    job.recipe.negative_prompt = "blurry";
    job.recipe.steps = 4;
    job.recipe.scheduler = "karras";
    job.recipe.mask = mask ? "mask.png" : "";
    job.seed = seed;
    job.source_size = job.target_size = job.work_size = kTinySize;
    prepared = prepare(job, source, mask);
  }
  EngineTask task() const { return {&job, &prepared}; }
};

/// The largest difference of two pictures, in steps of 255; 256 if their sizes differ.
inline int largest_difference(const Image& a, const Image& b) {
  if (a.size() != b.size() || a.channels != b.channels) return 256;
  int largest = 0;
  for (std::size_t i = 0; i < a.data.size(); ++i) largest = std::max(largest, std::abs(a.data[i] - b.data[i]));
  return largest;
}

}  // namespace redraw::test
