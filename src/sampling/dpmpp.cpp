// DPM-Solver++ (arXiv 2211.01095), second order: multistep 2M and singlestep 2S ancestral.
#include <ATen/ATen.h>

#include <cmath>

#include "sampling/step.h"

namespace redraw {
namespace {

/// The exact step where denoised stays what it is; next may be 0.
at::Tensor exponential_step(const at::Tensor& x, const at::Tensor& denoised, double sigma, double next) {
  const double h = std::log(sigma) - std::log(next);  // infinite where next is 0: expm1(-h) is -1
  return (next / sigma) * x - std::expm1(-h) * denoised;
}

}  // namespace

/// Algorithm 2 in the variable t = -log sigma. source k-diffusion sample_dpmpp_2m
at::Tensor sample_dpmpp_2m(const SamplerInput& input) {
  at::Tensor x = input.x, old_denoised;
  for (std::size_t i = 0; i + 1 < input.sigmas.size(); ++i) {
    const double sigma = input.sigmas[i], next = input.sigmas[i + 1];
    const at::Tensor denoised = input.denoiser(x, sigma);
    at::Tensor direction = denoised;
    if (old_denoised.defined() && next != 0) {
      const double r = std::log(input.sigmas[i - 1] / sigma) / std::log(sigma / next);
      direction = (1 + 1 / (2 * r)) * denoised - (1 / (2 * r)) * old_denoised;
    }
    x = exponential_step(x, direction, sigma, next);
    old_denoised = denoised;
    input.on_step(static_cast<int>(i));
  }
  return x;
}

/// Algorithm 1 with the middle in log sigma, on the way of an ancestral step. source k-diffusion
/// sample_dpmpp_2s_ancestral
at::Tensor sample_dpmpp_2s_a(const SamplerInput& input) {
  at::Tensor x = input.x;
  for (std::size_t i = 0; i + 1 < input.sigmas.size(); ++i) {
    const double sigma = input.sigmas[i], next = input.sigmas[i + 1];
    const AncestralStep step = ancestral_step(sigma, next, input.settings.eta);
    at::Tensor denoised = input.denoiser(x, sigma);
    if (step.down > 0) {
      const double middle = std::sqrt(sigma * step.down);
      denoised = input.denoiser(exponential_step(x, denoised, sigma, middle), middle);
    }
    x = exponential_step(x, denoised, sigma, step.down);
    if (next > 0) x = x + input.noise() * input.settings.s_noise * step.up;
    input.on_step(static_cast<int>(i));
  }
  return x;
}

}  // namespace redraw
