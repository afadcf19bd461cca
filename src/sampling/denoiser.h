// One model call as a sampler sees it: scaling, guidance, masked blend.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "redraw/engine.h"
#include "redraw/recipe.h"
#include "sampling/step.h"
#include "schedule/noise_levels.h"

namespace redraw {

/// What the net says with each part of the prompts, [M, C, h, w] f32 (picture by picture, part by part),
/// and with the negative prompts, [N, C, h, w] f32.
/// no_image: with neither prompt nor picture (instruct-pix2pix), [N, C, h, w]; undefined: not asked.
struct NetOutputs {
  at::Tensor cond, uncond;
  at::Tensor no_image = {};
};
/// x_in [N, C, h, w], scaled as the net was trained (variance 1); t in 0..999, fractions happen.
using Net = std::function<NetOutputs(const at::Tensor& x_in, double t)>;

/// For each picture the weights of its prompt's parts (AND); empty: one part of weight 1 for each.
using PartWeights = std::vector<std::vector<double>>;

struct Guidance {
  double cfg_scale = 7;
  PartWeights weights = {};
  double rescale = 0;             // 0: none, 1: the spread of the net's own answer
  double s_min_uncond = 0;        // below this sigma every second call leaves the negative prompt out
  bool s_min_uncond_all = false;  // every call does
  double skip_early_cond = 0;     // so large a share of the calls, from the first, does
  double image_cfg_scale = 1;     // where there is a no_image
};

struct DenoiserInput {
  Net net;
  Net cond_net = {};  // gives cond alone, for calls that leave uncond out; both count as calls
  int first_call = 0, total_calls = 0;  // of the net in the run, as A1111 counts them
  SkippedUncond* skipped = nullptr;     // told which calls left uncond out; may be null
  Guidance guidance;
  std::string prediction = "eps";         // or "v"
  std::vector<float> alphas_cumprod;      // [1000]
  at::Tensor init_latent;                 // [N, C, h, w] f32
  std::optional<at::Tensor> latent_mask;  // [N, 1, h, w] f32, 1 = redraw
  std::optional<SoftInpainting> soft;     // the mask's grey parts are blended at every step
};

/// uncond + sum of (cond - uncond) * weight * scale, [N, C, h, w]. With no_image (arXiv 2211.09800, eq. 3):
/// no_image + (cond - uncond) * scale + (uncond - no_image) * image_cfg_scale.
/// source A1111 1.10 CFGDenoiser.combine_denoised, _for_edit_model; golden: ui/cfg combine_0
at::Tensor guide(const NetOutputs& outputs, const Guidance& guidance);

/// The rows of a tensor [N, ...] once for each part of their pictures, [M, ...].
at::Tensor repeat_for_parts(const at::Tensor& rows, const PartWeights& weights);

/// latent where the mask redraws, init_latent where it keeps; sigma_or_t counts for soft inpainting only.
at::Tensor masked_blend(const DenoiserInput& input, const at::Tensor& latent, double sigma_or_t);

/// x at sigma -> denoised; the mask is applied to that, after guidance. input and levels outlive the result.
/// source A1111 1.10 CFGDenoiser.forward; golden: ui/cfg forward_00_plain
Denoiser sigma_denoiser(const DenoiserInput& input, const NoiseLevels& levels);

/// x at t -> eps; the mask is applied to x, before the net. input outlives the result.
EpsModel timestep_model(const DenoiserInput& input);

}  // namespace redraw
