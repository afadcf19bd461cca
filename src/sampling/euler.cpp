// Euler and Euler ancestral: one model call a step.
#include <ATen/ATen.h>

#include "sampling/step.h"

namespace redraw {

/// Karras et al. 2022 (arXiv 2206.00364), algorithm 2 without the second-order correction.
at::Tensor sample_euler(const SamplerInput& input) {
  at::Tensor x = input.x;
  for (std::size_t i = 0; i + 1 < input.sigmas.size(); ++i) {
    const Churned start = churned(input, x, i);
    x = euler_step(start.x, input.denoiser(start.x, start.sigma), start.sigma, input.sigmas[i + 1]);
    input.on_step(static_cast<int>(i));
  }
  return x;
}

/// source k-diffusion sample_euler_ancestral; A1111 leaves s_noise out
at::Tensor sample_euler_a(const SamplerInput& input) {
  at::Tensor x = input.x;
  for (std::size_t i = 0; i + 1 < input.sigmas.size(); ++i) {
    const double sigma = input.sigmas[i], next = input.sigmas[i + 1];
    const AncestralStep step = ancestral_step(sigma, next, input.settings.eta);
    x = euler_step(x, input.denoiser(x, sigma), sigma, step.down);
    if (next > 0) x = x + input.noise() * step.up;
    input.on_step(static_cast<int>(i));
  }
  return x;
}

}  // namespace redraw
