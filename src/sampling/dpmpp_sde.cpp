// DPM-Solver++ as a stochastic equation: SDE, 2M SDE, 2M SDE Heun, 3M SDE; their noise is a Brownian tree's.
#include <ATen/ATen.h>

#include <cmath>

#include "sampling/step.h"
#include "sampling/torch_math.h"

namespace redraw {
namespace {

/// The ODE's exact step to `down` where denoised stays what it is, then the noise that the step makes up for.
at::Tensor noisy_step(const SamplerInput& input, const at::Tensor& x, const at::Tensor& denoised, double sigma,
                      double next) {
  const AncestralStep step = ancestral_step(sigma, next, input.settings.eta);
  const at::Tensor there = (step.down / sigma) * x - std::expm1(std::log(step.down / sigma)) * denoised;
  return step.up == 0 ? there : there + input.brownian(sigma, next) * input.settings.s_noise * step.up;
}

/// The last step: nothing is left but what the net denoised.
template <typename Step>
at::Tensor each_step(const SamplerInput& input, Step step) {
  at::Tensor x = input.x;
  for (std::size_t i = 0; i + 1 < input.sigmas.size(); ++i) {
    const at::Tensor denoised = input.denoiser(x, input.sigmas[i]);
    x = input.sigmas[i + 1] == 0 ? denoised : step(x, denoised, input.sigmas[i], input.sigmas[i + 1]);
    input.on_step(static_cast<int>(i));
  }
  return x;
}

/// Fresh noise of a multistep solver at the end of a step of h in -log sigma.
at::Tensor with_noise(const SamplerInput& input, const at::Tensor& x, double sigma, double next, double h) {
  const SamplerSettings& s = input.settings;
  if (s.eta == 0) return x;
  return x + input.brownian(sigma, next) * (next * std::sqrt(-std::expm1(-2 * s.eta * h)) * s.s_noise);
}

/// weight(h (1 + eta)): how far the change of denoised counts.
template <typename Weight>
at::Tensor sample_2m_sde(const SamplerInput& input, Weight weight) {
  at::Tensor old_denoised;
  double old_h = 0;
  return each_step(input, [&](const at::Tensor& x, const at::Tensor& denoised, double sigma, double next) {
    const double h = std::log(sigma / next), eta_h = input.settings.eta * h;
    at::Tensor result = (next / sigma * std::exp(-eta_h)) * x - std::expm1(-h - eta_h) * denoised;
    if (old_denoised.defined()) result = result + (weight(h + eta_h) * h / old_h) * (denoised - old_denoised);
    old_denoised = denoised;
    old_h = h;
    return with_noise(input, result, sigma, next, h);
  });
}

}  // namespace

/// Two model calls a step, the second at the middle in log sigma. source k-diffusion sample_dpmpp_sde
at::Tensor sample_dpmpp_sde(const SamplerInput& input) {
  return each_step(input, [&](const at::Tensor& x, const at::Tensor& denoised, double sigma, double next) {
    // The tree is asked at these sigmas, to the last bit: k-diffusion takes them through log and exp.
    const auto t = [](double s) { return -torch_math().log({static_cast<float>(s)}).front(); };
    const auto sigma_of = [](float time) { return static_cast<double>(torch_math().exp({-time}).front()); };
    const float start = t(sigma), end = t(next);
    const double from = sigma_of(start), middle = sigma_of(start + (end - start) * 0.5F), to = sigma_of(end);
    const at::Tensor half_way = noisy_step(input, x, denoised, from, middle);
    return noisy_step(input, x, input.denoiser(half_way, middle), from, to);
  });
}

/// source k-diffusion sample_dpmpp_2m_sde, solver_type midpoint
at::Tensor sample_dpmpp_2m_sde(const SamplerInput& input) {
  return sample_2m_sde(input, [](double h) { return -0.5 * std::expm1(-h); });
}

/// source k-diffusion sample_dpmpp_2m_sde, solver_type heun
at::Tensor sample_dpmpp_2m_sde_heun(const SamplerInput& input) {
  return sample_2m_sde(input, [](double h) { return std::expm1(-h) / h + 1; });
}

/// source k-diffusion sample_dpmpp_3m_sde
at::Tensor sample_dpmpp_3m_sde(const SamplerInput& input) {
  at::Tensor denoised_1, denoised_2;  // of the last step, and the one before
  double h_1 = 0, h_2 = 0;
  return each_step(input, [&](const at::Tensor& x, const at::Tensor& denoised, double sigma, double next) {
    const double h = std::log(sigma / next), h_eta = h * (input.settings.eta + 1);
    const double phi_2 = std::expm1(-h_eta) / h_eta + 1, phi_3 = phi_2 / h_eta - 0.5;
    at::Tensor result = std::exp(-h_eta) * x - std::expm1(-h_eta) * denoised;
    if (denoised_2.defined()) {
      const double r_0 = h_1 / h, r_1 = h_2 / h;
      const at::Tensor slope = (denoised - denoised_1) / r_0, older = (denoised_1 - denoised_2) / r_1;
      const at::Tensor bend = (slope - older) / (r_0 + r_1);
      result = result + phi_2 * (slope + bend * r_0) - phi_3 * bend;
    } else if (denoised_1.defined()) {
      result = result + phi_2 * (denoised - denoised_1) / (h_1 / h);
    }
    denoised_2 = denoised_1;
    denoised_1 = denoised;
    h_2 = h_1;
    h_1 = h;
    return with_noise(input, result, sigma, next, h);
  });
}

}  // namespace redraw
