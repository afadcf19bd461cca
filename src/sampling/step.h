// What every sampler gets.
#pragma once

#include <functional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "redraw/recipe.h"

namespace redraw {

/// x [N, C, h, w] at noise level sigma -> denoised: the model's estimate of the clean latent.
using Denoiser = std::function<at::Tensor(const at::Tensor& x, double sigma)>;

/// The noise in x as the model sees it: guided, and for the negative prompt alone.
struct Eps {
  at::Tensor guided, uncond;
};
/// Of samplers by timestep: x, scaled as the net was trained, and t (fractions happen).
using EpsModel = std::function<Eps(const at::Tensor& x, double t)>;

/// A1111's names and defaults; which of them count, the sampler's row says.
struct SamplerSettings {
  double eta = 1;
  double s_churn = 0, s_tmin = 0, s_tmax = 0, s_noise = 1;  // s_tmax 0: no limit
  UnipcVariant unipc_variant = UnipcVariant::kBh1;
  UnipcSkip unipc_skip_type = UnipcSkip::kTimeUniform;
  int unipc_order = 3;
  bool unipc_lower_order_final = true;
};

struct SamplerInput {
  Denoiser denoiser;                   // samplers by sigma
  EpsModel eps;                        // samplers by timestep
  at::Tensor x;                        // the noised latent
  std::vector<double> sigmas;          // falling, host doubles: no device sync in the loop
  std::vector<int> timesteps;          // rising; samplers by timestep only
  std::vector<double> alphas_cumprod;  // [1000]; samplers by timestep only
  std::function<at::Tensor()> noise;   // the next draw, on x's device
  /// Of SDE samplers: unit normal noise that belongs to this stretch of sigma, on x's device.
  std::function<at::Tensor(double sigma, double next)> brownian;
  std::function<void(int)> on_step;  // called after step i (from 0)
  SamplerSettings settings;
};

/// Euler's step of the ODE from sigma to next, which may be 0.
at::Tensor euler_step(const at::Tensor& x, const at::Tensor& denoised, double sigma, double next);

/// A step to less noise than wanted, and how much fresh noise then makes up for it; eta 0: none.
struct AncestralStep {
  double down, up;
};
AncestralStep ancestral_step(double from, double to, double eta);

/// s_churn: x at a somewhat higher noise level. Draws noise at every step, also where it is not used.
///
/// source Karras et al. 2022 (arXiv 2206.00364), algorithm 2; k-diffusion draws at every step too
struct Churned {
  at::Tensor x;
  double sigma;
};
Churned churned(const SamplerInput& input, const at::Tensor& x, std::size_t step);

at::Tensor sample_euler(const SamplerInput& input);
at::Tensor sample_euler_a(const SamplerInput& input);
at::Tensor sample_heun(const SamplerInput& input);
at::Tensor sample_restart(const SamplerInput& input);
at::Tensor sample_lms(const SamplerInput& input);
at::Tensor sample_dpm2(const SamplerInput& input);
at::Tensor sample_dpm2_a(const SamplerInput& input);
at::Tensor sample_dpm_fast(const SamplerInput& input);
at::Tensor sample_dpm_adaptive(const SamplerInput& input);
at::Tensor sample_dpmpp_2m(const SamplerInput& input);
at::Tensor sample_dpmpp_2s_a(const SamplerInput& input);
at::Tensor sample_dpmpp_sde(const SamplerInput& input);
at::Tensor sample_dpmpp_2m_sde(const SamplerInput& input);
at::Tensor sample_dpmpp_2m_sde_heun(const SamplerInput& input);
at::Tensor sample_dpmpp_3m_sde(const SamplerInput& input);
at::Tensor sample_lcm(const SamplerInput& input);
at::Tensor sample_ddim(const SamplerInput& input);
at::Tensor sample_ddim_cfgpp(const SamplerInput& input);
at::Tensor sample_plms(const SamplerInput& input);
at::Tensor sample_unipc(const SamplerInput& input);

using Algorithm = at::Tensor (*)(const SamplerInput&);
/// The algorithm of a row of schedule/samplers.
Algorithm algorithm_of(std::string_view sampler);

}  // namespace redraw
