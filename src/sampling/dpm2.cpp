// DPM2 and DPM2 ancestral: the slope at the middle of the step in log sigma, two model calls a step.
#include <ATen/ATen.h>

#include <cmath>

#include "sampling/step.h"

namespace redraw {
namespace {

/// DPM-Solver-2 (arXiv 2206.00927) in k-diffusion's terms; a step to 0 is Euler's.
at::Tensor midpoint_step(const Denoiser& denoiser, const at::Tensor& x, double sigma, double next) {
  const at::Tensor denoised = denoiser(x, sigma);
  if (next == 0) return euler_step(x, denoised, sigma, 0);
  const double middle = std::sqrt(sigma * next);
  const at::Tensor half_way = euler_step(x, denoised, sigma, middle);
  return x + (half_way - denoiser(half_way, middle)) / middle * (next - sigma);
}

}  // namespace

/// source k-diffusion sample_dpm_2
at::Tensor sample_dpm2(const SamplerInput& input) {
  at::Tensor x = input.x;
  for (std::size_t i = 0; i + 1 < input.sigmas.size(); ++i) {
    const Churned start = churned(input, x, i);
    x = midpoint_step(input.denoiser, start.x, start.sigma, input.sigmas[i + 1]);
    input.on_step(static_cast<int>(i));
  }
  return x;
}

/// source k-diffusion sample_dpm_2_ancestral
at::Tensor sample_dpm2_a(const SamplerInput& input) {
  at::Tensor x = input.x;
  for (std::size_t i = 0; i + 1 < input.sigmas.size(); ++i) {
    const AncestralStep step = ancestral_step(input.sigmas[i], input.sigmas[i + 1], input.settings.eta);
    x = midpoint_step(input.denoiser, x, input.sigmas[i], step.down);
    if (step.down > 0) x = x + input.noise() * input.settings.s_noise * step.up;
    input.on_step(static_cast<int>(i));
  }
  return x;
}

}  // namespace redraw
