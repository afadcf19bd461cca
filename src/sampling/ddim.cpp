// DDIM (arXiv 2010.02502, eq. 12) over A1111's timesteps.
#include <ATen/ATen.h>

#include <cmath>

#include "sampling/step.h"

namespace redraw {

/// Goes down from the last timestep to the first and makes one call fewer than there are timesteps.
/// source A1111 1.10 sd_samplers_timesteps_impl.ddim
at::Tensor sample_ddim(const SamplerInput& input) {
  at::Tensor x = input.x;
  const auto alpha = [&](std::size_t i) { return input.alphas_cumprod[static_cast<std::size_t>(input.timesteps[i])]; };
  for (std::size_t i = input.timesteps.size(); i-- > 1;) {
    const double a = alpha(i), previous = alpha(i - 1);
    const double sigma = input.eta * std::sqrt((1 - previous) / (1 - a) * (1 - a / previous));
    const at::Tensor eps = input.denoiser(x, input.timesteps[i]);
    const at::Tensor clean = (x - std::sqrt(1 - a) * eps) / std::sqrt(a);
    // A1111 draws at every step, also when eta is 0.
    x = std::sqrt(previous) * clean + std::sqrt(1 - previous - sigma * sigma) * eps + sigma * input.noise();
    input.on_step(static_cast<int>(input.timesteps.size() - 1 - i));
  }
  return x;
}

}  // namespace redraw
