// Sampling of img2img as a whole: noising, steps, last blend.
#pragma once

#include <functional>

#include <ATen/core/Tensor.h>

#include "sampling/denoiser.h"
#include "sampling/noise.h"
#include "schedule/samplers.h"

namespace redraw {

struct Img2ImgInput : DenoiserInput {
  const SamplerRow* sampler = nullptr;
  const SchedulerRow* scheduler = nullptr;
  int steps = 20;
  double denoise = 0.75;
  bool exact_steps = false;
  ScheduleSettings schedule;
  bool quantize = false;
  SamplerSettings settings;
  ImageNoise* noise = nullptr;
  double noise_multiplier = 1;  // of the noise at the start
  double extra_noise = 0;       // as much of that noise is added once more, whatever the level
  std::function<void(int, int)> on_step;  // (step from 1, of); may be empty
  /// Where a test wants to look: the noised latent, and every x before a step.
  std::function<void(const at::Tensor&)> on_noised;
};

/// The clean latent [N, C, h, w]; outside the mask it equals init_latent (soft inpainting
/// leaves that last blend out).
/// source A1111 1.10 sample_img2img and CFGDenoiser; golden: ui/sampler
at::Tensor sample_img2img(const Img2ImgInput& input);

/// What a recipe asks of its sampler.
SamplerSettings sampler_settings(const Recipe& recipe);

}  // namespace redraw
