// Sampling of img2img as a whole: noising, steps, guidance, masked blend.
#include "sampling/img2img.h"

#include <ATen/ATen.h>

#include <cmath>

#include "redraw/error.h"
#include "sampling/soft_blend.h"
#include "sampling/step.h"
#include "schedule/steps.h"

namespace redraw {
namespace {

struct AlgorithmRow {
  std::string_view name;  // of the row in schedule/samplers
  at::Tensor (*sample)(const SamplerInput&);
};
constexpr AlgorithmRow kAlgorithms[] = {
    {"euler", sample_euler}, {"euler_a", sample_euler_a}, {"dpmpp_2m", sample_dpmpp_2m}, {"ddim", sample_ddim}};

at::Tensor (*algorithm_of(const SamplerRow& sampler))(const SamplerInput&) {
  for (const AlgorithmRow& row : kAlgorithms)
    if (row.name == sampler.name) return row.sample;
  REDRAW_CHECK(false, "sampler " + std::string(sampler.name) + " has no algorithm");
  return nullptr;
}

/// latent where the mask redraws, init_latent where it keeps.
at::Tensor blend(const Img2ImgInput& input, const at::Tensor& latent, double sigma_or_t) {
  if (!input.latent_mask) return latent;
  const at::Tensor& mask = *input.latent_mask;
  if (const auto& soft = input.soft) return latent_blend(*soft, input.init_latent, latent, modified_nmask(*soft, mask, sigma_or_t));
  return latent * mask + input.init_latent * (1 - mask);
}

/// Net output at sigma -> denoised (k-diffusion's external.py).
at::Tensor to_denoised(const at::Tensor& output, const at::Tensor& x, double sigma, bool v) {
  if (!v) return x - output * sigma;
  const double variance = sigma * sigma + 1;
  return x / variance - output * (sigma / std::sqrt(variance));
}

/// The mask is applied to what the net denoised, after guidance.
Denoiser sigma_denoiser(const Img2ImgInput& input, const NoiseLevels& levels) {
  return [&input, &levels](const at::Tensor& x, double sigma) {
    const NetOutputs out = input.net(x / std::sqrt(sigma * sigma + 1), levels.t_of_sigma(sigma));
    const bool v = input.prediction == "v";
    const NetOutputs denoised{to_denoised(out.cond, x, sigma, v), to_denoised(out.uncond, x, sigma, v)};
    return blend(input, guide(denoised, input.cfg_scale), sigma);
  };
}

/// The mask is applied to the noisy latent, before the net, as A1111 does for DDIM's kin; the
/// step itself goes on from the latent that is not blended.
Denoiser timestep_denoiser(const Img2ImgInput& input) {
  return [&input](const at::Tensor& x, double t) {
    const at::Tensor blended = blend(input, x, t);
    const NetOutputs out = input.net(blended, t);
    const double a = static_cast<double>(input.alphas_cumprod[static_cast<std::size_t>(t)]);
    if (input.prediction != "v") return guide(out, input.cfg_scale);
    const auto eps = [&](const at::Tensor& v) { return std::sqrt(a) * v + std::sqrt(1 - a) * blended; };
    return guide({eps(out.cond), eps(out.uncond)}, input.cfg_scale);
  };
}

/// Start of the run: latent + noise * sigma, or the variance preserving mix of the timestep samplers.
at::Tensor noised(const Img2ImgInput& input, const Steps& steps, const SamplerInput& sampler) {
  const at::Tensor noise = input.noise->next().to(input.init_latent.device());
  if (!input.sampler->by_timestep) return input.init_latent + noise * sampler.sigmas.front();
  const auto timesteps = ddim_timesteps(steps.total);
  const auto at_start = static_cast<std::size_t>(timesteps[std::min(timesteps.size() - 1, static_cast<std::size_t>(steps.t_enc))]);
  const double a = static_cast<double>(input.alphas_cumprod[at_start]);
  return input.init_latent * std::sqrt(a) + noise * std::sqrt(1 - a);
}

}  // namespace

at::Tensor guide(const NetOutputs& outputs, double cfg_scale) {
  return outputs.uncond + (outputs.cond - outputs.uncond) * cfg_scale;
}

at::Tensor sample_img2img(const Img2ImgInput& input) {
  const NoiseLevels levels(input.alphas_cumprod);
  const Steps steps = img2img_steps(input.steps, input.denoise, input.exact_steps, *input.sampler);
  SamplerInput sampler;
  if (input.sampler->by_timestep) {
    sampler.timesteps = ddim_timesteps(steps.total);
    sampler.timesteps.resize(std::min(sampler.timesteps.size(), static_cast<std::size_t>(steps.t_enc)));
    sampler.alphas_cumprod.assign(input.alphas_cumprod.begin(), input.alphas_cumprod.end());
    sampler.denoiser = timestep_denoiser(input);
    sampler.eta = 0;
  } else {
    sampler.sigmas = img2img_sigmas(resolve_scheduler(*input.sampler, *input.scheduler), steps, levels);
    sampler.denoiser = sigma_denoiser(input, levels);
  }
  sampler.noise = [&] { return input.noise->next().to(input.init_latent.device()); };
  sampler.on_step = [&](int i) { if (input.on_step) input.on_step(i + 1, steps.run); };
  sampler.x = noised(input, steps, sampler);
  if (input.on_noised) input.on_noised(sampler.x);
  const at::Tensor latent = algorithm_of(*input.sampler)(sampler);
  return input.soft ? latent : blend(input, latent, 0);
}

}  // namespace redraw
