// DPM-Solver++ (arXiv 2211.01095): multistep, second order.
#include <ATen/ATen.h>

#include <cmath>

#include "sampling/step.h"

namespace redraw {

/// Algorithm 2 in the variable t = -log sigma. source k-diffusion sample_dpmpp_2m
at::Tensor sample_dpmpp_2m(const SamplerInput& input) {
  at::Tensor x = input.x, old_denoised;
  for (std::size_t i = 0; i + 1 < input.sigmas.size(); ++i) {
    const double sigma = input.sigmas[i], next = input.sigmas[i + 1];
    const at::Tensor denoised = input.denoiser(x, sigma);
    const double h = std::log(sigma) - std::log(next);  // infinite in the last step: expm1(-h) is -1
    at::Tensor direction = denoised;
    if (old_denoised.defined() && next != 0) {
      const double r = (std::log(input.sigmas[i - 1]) - std::log(sigma)) / h;
      direction = (1 + 1 / (2 * r)) * denoised - (1 / (2 * r)) * old_denoised;
    }
    x = (next / sigma) * x - std::expm1(-h) * direction;
    old_denoised = denoised;
    input.on_step(static_cast<int>(i));
  }
  return x;
}

}  // namespace redraw
