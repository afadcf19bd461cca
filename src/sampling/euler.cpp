// Euler and Euler ancestral: one model call a step.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "sampling/step.h"

namespace redraw {
namespace {

struct AncestralStep {
  double down, up;  // where the ODE goes to, and how much fresh noise follows
};

AncestralStep ancestral_step(double from, double to, double eta) {
  if (to == 0) return {0, 0};
  const double up = std::min(to, eta * std::sqrt(to * to * (from * from - to * to) / (from * from)));
  return {std::sqrt(to * to - up * up), up};
}

}  // namespace

/// Karras et al. 2022 (arXiv 2206.00364), algorithm 2 without churn and second-order correction.
at::Tensor sample_euler(const SamplerInput& input) {
  at::Tensor x = input.x;
  for (std::size_t i = 0; i + 1 < input.sigmas.size(); ++i) {
    const double sigma = input.sigmas[i];
    input.noise();  // A1111 draws here even when churn is 0 and the numbers are not used
    const at::Tensor derivative = (x - input.denoiser(x, sigma)) / sigma;
    x = x + derivative * (input.sigmas[i + 1] - sigma);
    input.on_step(static_cast<int>(i));
  }
  return x;
}

/// source k-diffusion sample_euler_ancestral
at::Tensor sample_euler_a(const SamplerInput& input) {
  at::Tensor x = input.x;
  for (std::size_t i = 0; i + 1 < input.sigmas.size(); ++i) {
    const double sigma = input.sigmas[i];
    const AncestralStep step = ancestral_step(sigma, input.sigmas[i + 1], input.eta);
    const at::Tensor derivative = (x - input.denoiser(x, sigma)) / sigma;
    x = x + derivative * (step.down - sigma);
    if (input.sigmas[i + 1] > 0) x = x + input.noise() * step.up;
    input.on_step(static_cast<int>(i));
  }
  return x;
}

}  // namespace redraw
