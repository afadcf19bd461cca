// DPM-Solver (arXiv 2206.00927): single steps of orders 1 to 3, and the samplers DPM fast and DPM adaptive.
#include "sampling/dpm_solver.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "redraw/error.h"

namespace redraw {
namespace {

double sigma_of(double t) { return std::exp(-t); }

/// From t to next by way of less noise, and the fresh noise for the difference; never beyond the end.
struct NoisyStep {
  double to, up;
};

NoisyStep noisy_step(double t, double next, double end, double eta) {
  if (eta == 0) return {next, 0};
  const AncestralStep step = ancestral_step(sigma_of(t), sigma_of(next), eta);
  const double to = std::min(end, -std::log(step.down));  // eta 1 may give infinity
  const double variance = std::pow(sigma_of(next), 2) - std::pow(sigma_of(to), 2);
  return {to, std::sqrt(std::max(variance, 0.0))};
}

/// 3, 3, 3 ... with the rest of the calls at the end.
std::vector<int> fast_orders(int calls) {
  std::vector<int> orders(static_cast<std::size_t>(calls / 3), 3);
  if (calls % 3 == 0) orders.back() = 2;
  orders.push_back(calls % 3 == 0 ? 1 : calls % 3);
  return orders;
}

/// How far two solutions are apart, in units of what is allowed.
double error_of(const at::Tensor& low, const at::Tensor& high, const at::Tensor& previous) {
  constexpr double kAbsolute = 0.0078, kRelative = 0.05;  // k-diffusion's
  const at::Tensor allowed = (at::maximum(low.abs(), previous.abs()) * kRelative).clamp_min(kAbsolute);
  const at::Tensor ratio = (low - high) / allowed;
  return at::linalg_vector_norm(ratio).item<double>() / std::sqrt(static_cast<double>(ratio.numel()));
}

}  // namespace

at::Tensor DpmStep::eps_at(const at::Tensor& x, double t) const {
  return (x - denoiser_(x, sigma_of(t))) / sigma_of(t);
}

const at::Tensor& DpmStep::eps() {
  if (!eps_.defined()) eps_ = eps_at(x_, t_);
  return eps_;
}

const at::Tensor& DpmStep::eps_1(double next, double r_1) {
  const double t_1 = t_ + r_1 * (next - t_);
  if (!eps_1_.defined()) eps_1_ = eps_at(order_1(t_1), t_1);
  return eps_1_;
}

at::Tensor DpmStep::order_1(double next) { return x_ - (sigma_of(next) * std::expm1(next - t_)) * eps(); }

at::Tensor DpmStep::order_2(double next, double r_1) {
  const double weight = sigma_of(next) / (2 * r_1) * std::expm1(next - t_);
  const at::Tensor change = eps_1(next, r_1) - eps();
  return order_1(next) - weight * change;
}

at::Tensor DpmStep::order_3(double next) {
  constexpr double kR1 = 1.0 / 3, kR2 = 2.0 / 3;
  const double h = next - t_, t_2 = t_ + kR2 * h;
  const auto bend = [](double step) { return std::expm1(step) / step - 1; };
  const at::Tensor change = eps_1(next, kR1) - eps();
  const at::Tensor u_2 = order_1(t_2) - (sigma_of(t_2) * (kR2 / kR1) * bend(kR2 * h)) * change;
  return order_1(next) - (sigma_of(next) / kR2 * bend(h)) * (eps_at(u_2, t_2) - eps());
}

at::Tensor DpmStep::of_order(int order, double next) {
  return order == 1 ? order_1(next) : order == 2 ? order_2(next) : order_3(next);
}

/// As many calls as sigmas less one, from the first sigma to the last above 0; draws at every step.
/// source k-diffusion DPMSolver.dpm_solver_fast
at::Tensor sample_dpm_fast(const SamplerInput& input) {
  REDRAW_CHECK(input.sigmas.size() > 2, "the plan refuses DPM fast with one step");
  at::Tensor x = input.x;
  const double start = -std::log(input.sigmas.front()), end = -std::log(*(input.sigmas.end() - 2));
  const std::vector<int> orders = fast_orders(static_cast<int>(input.sigmas.size()) - 1);
  const auto t = [&](std::size_t i) {
    return start + (end - start) * static_cast<double>(i) / static_cast<double>(orders.size());
  };
  for (std::size_t i = 0; i < orders.size(); ++i) {
    const NoisyStep step = noisy_step(t(i), t(i + 1), end, input.settings.eta);
    x = DpmStep(input.denoiser, x, t(i)).of_order(orders[i], step.to);
    x = x + input.noise() * (step.up * input.settings.s_noise);
    input.on_step(static_cast<int>(i));
  }
  return x;
}

/// Steps as long as the difference of orders 2 and 3 allows; a step that is too long is made again, shorter.
/// Every picture of a batch takes part in that difference, so A1111's results depend on the batch.
/// source k-diffusion DPMSolver.dpm_solver_adaptive
at::Tensor sample_dpm_adaptive(const SamplerInput& input) {
  REDRAW_CHECK(input.sigmas.size() > 2, "the plan refuses DPM adaptive with one step");
  constexpr double kFirstStep = 0.05, kAccept = 0.81, kNotZero = 1e-8, kNear = 1e-5;
  const double eta = input.settings.eta, power = 1 / (eta == 0 ? 3 : 1.5);
  const double end = -std::log(*(input.sigmas.end() - 2));
  at::Tensor x = input.x, previous = x;
  double t = -std::log(input.sigmas.front()), h = kFirstStep;
  for (int tries = 0; t < end - kNear; ++tries) {
    const double next = std::min(end, t + h);
    const NoisyStep step = noisy_step(t, next, end, eta);
    DpmStep solver(input.denoiser, x, t);
    const at::Tensor low = solver.order_2(step.to, 1.0 / 3), high = solver.order_3(step.to);
    const double error = error_of(low, high, previous);
    if (!std::isfinite(error)) return high;  // no step is short enough for a latent that is broken
    const double factor = 1 + std::atan(std::pow(1 / (error + kNotZero), power) - 1);
    if (factor >= kAccept) {
      previous = low;
      x = high + input.noise() * step.up;
      t = next;
    }
    h *= factor;
    input.on_step(tries);
  }
  return x;
}

}  // namespace redraw
