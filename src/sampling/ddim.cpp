// DDIM (arXiv 2010.02502, eq. 12) over A1111's timesteps, also with CFG++'s noise (arXiv 2406.08070).
#include <ATen/ATen.h>

#include <cmath>

#include "sampling/step.h"

namespace redraw {
namespace {

/// Goes down from the last timestep to the first and makes one call fewer than there are timesteps.
/// towards(eps): the noise that the next x is made with.
template <typename Towards>
at::Tensor walk(const SamplerInput& input, Towards towards) {
  at::Tensor x = input.x;
  const auto alpha = [&](std::size_t i) { return input.alphas_cumprod[static_cast<std::size_t>(input.timesteps[i])]; };
  for (std::size_t i = input.timesteps.size(); i-- > 1;) {
    const double a = alpha(i), previous = alpha(i - 1);
    const double sigma = input.settings.eta * std::sqrt((1 - previous) / (1 - a) * (1 - a / previous));
    const Eps eps = input.eps(x, input.timesteps[i]);
    const at::Tensor clean = (x - std::sqrt(1 - a) * eps.guided) / std::sqrt(a);
    // A1111 draws at every step, also when eta is 0.
    x = std::sqrt(previous) * clean + std::sqrt(1 - previous - sigma * sigma) * towards(eps) + sigma * input.noise();
    input.on_step(static_cast<int>(input.timesteps.size() - 1 - i));
  }
  return x;
}

}  // namespace

/// source A1111 1.10 sd_samplers_timesteps_impl.ddim
at::Tensor sample_ddim(const SamplerInput& input) {
  return walk(input, [](const Eps& eps) { return eps.guided; });
}

/// source A1111 1.10 sd_samplers_timesteps_impl.ddim_cfgpp
at::Tensor sample_ddim_cfgpp(const SamplerInput& input) {
  return walk(input, [](const Eps& eps) { return eps.uncond; });
}

}  // namespace redraw
