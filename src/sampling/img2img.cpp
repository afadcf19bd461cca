// Sampling of img2img as a whole: noising, steps, last blend.
#include "sampling/img2img.h"

#include <ATen/ATen.h>

#include <cmath>

#include "redraw/error.h"
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

/// Start of the run: latent + noise * sigma, or the variance preserving mix of the timestep samplers.
at::Tensor noised(const Img2ImgInput& input, const Steps& steps, const SamplerInput& sampler) {
  const at::Tensor noise = input.noise->next().to(input.init_latent.device()) * input.noise_multiplier;
  if (!input.sampler->by_timestep) return input.init_latent + noise * sampler.sigmas.front() + noise * input.extra_noise;
  const auto timesteps = ddim_timesteps(steps.total);
  const auto at_start = static_cast<std::size_t>(timesteps[std::min(timesteps.size() - 1, static_cast<std::size_t>(steps.t_enc))]);
  const double a = static_cast<double>(input.alphas_cumprod[at_start]);
  return input.init_latent * std::sqrt(a) + noise * std::sqrt(1 - a) + noise * (input.extra_noise * std::sqrt(a));
}

}  // namespace

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
  return input.soft ? latent : masked_blend(input, latent, 0);
}

}  // namespace redraw
