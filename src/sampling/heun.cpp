// Heun's method, and Restart, which walks with it: two model calls a step.
#include <ATen/ATen.h>

#include <cmath>

#include "sampling/step.h"
#include "schedule/restart.h"

namespace redraw {
namespace {

/// Karras et al. 2022 (arXiv 2206.00364), algorithm 2: the mean of the slopes at both ends.
at::Tensor heun_step(const Denoiser& denoiser, const at::Tensor& x, double sigma, double next) {
  const at::Tensor denoised = denoiser(x, sigma);
  const at::Tensor there = euler_step(x, denoised, sigma, next);
  if (next == 0) return there;
  const at::Tensor slope = (x - denoised) / sigma, slope_there = (there - denoiser(there, next)) / next;
  return x + (slope + slope_there) / 2 * (next - sigma);
}

}  // namespace

at::Tensor sample_heun(const SamplerInput& input) {
  at::Tensor x = input.x;
  for (std::size_t i = 0; i + 1 < input.sigmas.size(); ++i) {
    const Churned start = churned(input, x, i);
    x = heun_step(input.denoiser, start.x, start.sigma, input.sigmas[i + 1]);
    input.on_step(static_cast<int>(i));
  }
  return x;
}

/// Restart Sampling (arXiv 2306.14878). source A1111 1.10 sd_samplers_extra; s_noise is left out there
at::Tensor sample_restart(const SamplerInput& input) {
  at::Tensor x = input.x;
  double last = input.sigmas.front();
  int done = 0;
  for (const RestartStep& step : restart_steps(input.sigmas)) {
    if (step.from > last) x = x + input.noise() * std::sqrt(step.from * step.from - last * last);
    x = heun_step(input.denoiser, x, step.from, step.to);
    last = step.to;
    input.on_step(done++);
  }
  return x;
}

}  // namespace redraw
