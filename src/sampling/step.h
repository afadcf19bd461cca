// What every sampler gets.
#pragma once

#include <functional>
#include <vector>

#include <ATen/core/Tensor.h>

namespace redraw {

/// x [N, C, h, w] at noise level sigma -> denoised: the model's estimate of the clean latent.
/// For samplers by timestep: x and t -> eps.
using Denoiser = std::function<at::Tensor(const at::Tensor& x, double sigma_or_t)>;

struct SamplerInput {
  Denoiser denoiser;
  at::Tensor x;                          // the noised latent
  std::vector<double> sigmas;            // falling, host doubles: no device sync in the loop
  std::vector<int> timesteps;            // rising; samplers by timestep only
  std::vector<double> alphas_cumprod;    // [1000]; samplers by timestep only
  std::function<at::Tensor()> noise;     // the next draw, on x's device
  std::function<void(int)> on_step;      // called after step i (from 0)
  double eta = 1;                        // of ancestral samplers; DDIM: 0
};

at::Tensor sample_euler(const SamplerInput& input);
at::Tensor sample_euler_a(const SamplerInput& input);
at::Tensor sample_dpmpp_2m(const SamplerInput& input);
at::Tensor sample_ddim(const SamplerInput& input);

}  // namespace redraw
