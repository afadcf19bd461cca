// LCM (arXiv 2310.04378): jumps to the clean latent and back up to the next noise level.
#include <ATen/ATen.h>

#include "sampling/step.h"

namespace redraw {

/// source A1111 1.10 sd_samplers_lcm.sample_lcm
at::Tensor sample_lcm(const SamplerInput& input) {
  at::Tensor x = input.x;
  for (std::size_t i = 0; i + 1 < input.sigmas.size(); ++i) {
    x = input.denoiser(x, input.sigmas[i]);
    if (input.sigmas[i + 1] > 0) x = x + input.noise() * input.sigmas[i + 1];
    input.on_step(static_cast<int>(i));
  }
  return x;
}

}  // namespace redraw
