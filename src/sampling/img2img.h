// Sampling of img2img as a whole: noising, steps, guidance, masked blend.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <ATen/core/Tensor.h>

#include "redraw/recipe.h"
#include "sampling/noise.h"
#include "schedule/samplers.h"

namespace redraw {

/// What the net says with the prompt and with the negative prompt, each [N, C, h, w] f32.
struct NetOutputs {
  at::Tensor cond, uncond;
};
/// x_in [N, C, h, w], scaled as the net was trained (variance 1); t in 0..999, fractions happen.
using Net = std::function<NetOutputs(const at::Tensor& x_in, double t)>;

struct Img2ImgInput {
  const SamplerRow* sampler = nullptr;
  const SchedulerRow* scheduler = nullptr;
  int steps = 20;
  double denoise = 0.75;
  bool exact_steps = false;
  double cfg_scale = 7;
  at::Tensor init_latent;                 // [N, C, h, w] f32
  std::optional<at::Tensor> latent_mask;  // [N, 1, h, w] f32, 1 = redraw
  std::optional<SoftInpainting> soft;     // the mask's grey parts are blended at every step
  std::vector<float> alphas_cumprod;      // [1000]
  std::string prediction = "eps";         // or "v"
  Net net;
  ImageNoise* noise = nullptr;
  std::function<void(int, int)> on_step;  // (step from 1, of); may be empty
  /// Where a test wants to look: the noised latent, and every x before a step.
  std::function<void(const at::Tensor&)> on_noised;
};

/// The clean latent [N, C, h, w]; outside the mask it equals init_latent (soft inpainting
/// leaves that last blend out).
/// source A1111 1.10 sample_img2img and CFGDenoiser; golden: ui/sampler
at::Tensor sample_img2img(const Img2ImgInput& input);

/// uncond + (cond - uncond) * scale
at::Tensor guide(const NetOutputs& outputs, double cfg_scale);

}  // namespace redraw
