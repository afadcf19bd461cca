// PLMS, pseudo linear multistep (arXiv 2202.09778): DDIM's step with a mean of the last four noises.
#include <ATen/ATen.h>

#include <cmath>
#include <deque>

#include "sampling/step.h"

namespace redraw {
namespace {

/// Adams-Bashforth over eps and what was seen before it, the newest first.
at::Tensor multistep(const at::Tensor& eps, const std::deque<at::Tensor>& old) {
  if (old.size() == 1) return (3 * eps - old[0]) / 2;
  if (old.size() == 2) return (23 * eps - 16 * old[0] + 5 * old[1]) / 12;
  return (55 * eps - 59 * old[0] + 37 * old[1] - 9 * old[2]) / 24;
}

}  // namespace

/// The first step calls the model twice. source A1111 1.10 sd_samplers_timesteps_impl.plms
at::Tensor sample_plms(const SamplerInput& input) {
  at::Tensor x = input.x;
  std::deque<at::Tensor> old;
  const auto alpha = [&](std::size_t i) { return input.alphas_cumprod[static_cast<std::size_t>(input.timesteps[i])]; };
  for (std::size_t i = input.timesteps.size(); i-- > 1;) {
    const double a = alpha(i), previous = alpha(i - 1);
    const auto stepped = [&](const at::Tensor& eps) {
      const at::Tensor clean = (x - std::sqrt(1 - a) * eps) / std::sqrt(a);
      return at::Tensor(std::sqrt(previous) * clean + std::sqrt(1 - previous) * eps);
    };
    const at::Tensor eps = input.eps(x, input.timesteps[i]).guided;
    const at::Tensor mean =
        old.empty() ? (eps + input.eps(stepped(eps), input.timesteps[i - 1]).guided) / 2 : multistep(eps, old);
    x = stepped(mean);
    old.push_front(eps);
    if (old.size() > 3) old.pop_back();
    input.on_step(static_cast<int>(input.timesteps.size() - 1 - i));
  }
  return x;
}

}  // namespace redraw
