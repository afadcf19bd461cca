// Walks the table of samplers on Gaussian data, where the ODE has a closed solution.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "sampling/noise.h"
#include "sampling/step.h"
#include "schedule/samplers.h"

using namespace redraw;

namespace {

constexpr double kSpread = 0.5, kHigh = 10, kLow = 0.1;

/// For data N(0, s^2) the exact denoiser is x s^2 / (s^2 + sigma^2).
at::Tensor denoised(const at::Tensor& x, double sigma) {
  return x * (kSpread * kSpread / (kSpread * kSpread + sigma * sigma));
}

/// Where the ODE takes x from one level to the other.
double growth(double from, double to) {
  return std::sqrt((kSpread * kSpread + to * to) / (kSpread * kSpread + from * from));
}

/// Evenly spaced in log sigma, falling.
std::vector<double> sigmas_between(double high, double low, int steps) {
  std::vector<double> sigmas;
  for (int i = 0; i <= steps; ++i) sigmas.push_back(high * std::pow(low / high, static_cast<double>(i) / steps));
  return sigmas;
}

/// LCM's net jumps along the ODE to its end instead of to the mean.
at::Tensor jumped(const at::Tensor& x, double sigma) {
  return x * (kSpread / std::sqrt(kSpread * kSpread + sigma * sigma));
}

SamplerInput input_of(const SamplerRow& row, const at::Tensor& x, const std::vector<double>& sigmas) {
  SamplerInput input;
  input.x = x;
  input.sigmas = sigmas;
  input.denoiser = row.levels == LevelMap::kLcm ? jumped : denoised;
  input.noise = [x] { return at::zeros_like(x); };
  input.brownian = [x](double, double) { return at::zeros_like(x); };
  input.on_step = [](int) {};
  input.settings.eta = row.default_eta;
  return input;
}

/// The same walk in DDIM's terms: x / sqrt(a) is x at sigma, and the net gives eps; between two timesteps log a is
/// interpolated.
SamplerInput timestep_input(const SamplerRow& row, const at::Tensor& x, const std::vector<double>& sigmas) {
  SamplerInput input = input_of(row, x, sigmas);
  for (std::size_t i = 0; i < sigmas.size(); ++i) {
    input.timesteps.push_back(static_cast<int>(i));
    const double sigma = sigmas[sigmas.size() - 1 - i];
    input.alphas_cumprod.push_back(1 / (1 + sigma * sigma));
  }
  const auto alphas = input.alphas_cumprod;
  input.eps = [alphas](const at::Tensor& scaled, double t) {
    const auto low = std::min(static_cast<std::size_t>(std::max(t, 0.0)), alphas.size() - 2);
    const double a = alphas[low] * std::pow(alphas[low + 1] / alphas[low], t - static_cast<double>(low));
    const double sigma = std::sqrt((1 - a) / a);
    const at::Tensor clean = scaled / std::sqrt(a), eps = (clean - denoised(clean, sigma)) / sigma;
    return Eps{eps, eps};
  };
  return input;
}

/// Without fresh noise every sampler solves the ODE.
double error_at(const SamplerRow& row, int steps) {
  const auto sigmas = sigmas_between(kHigh, kLow, steps);
  const at::Tensor x = at::full({1}, 3.0, at::kDouble);
  const double exact = 3.0 * growth(kHigh, kLow), first = row.by_timestep ? 1 / std::sqrt(1 + kHigh * kHigh) : 1;
  SamplerInput input = row.by_timestep ? timestep_input(row, x * first, sigmas) : input_of(row, x, sigmas);
  input.settings.eta = 0;
  if (row.name == "dpm_fast") input.sigmas.push_back(0);  // DPM fast ends at the last sigma above 0
  const double last = row.by_timestep ? std::sqrt(1 + kLow * kLow) : 1;
  return std::abs(algorithm_of(row.name)(input).item<double>() * last - exact);
}

bool solves_ode(const SamplerRow& row) { return (!row.stochastic || row.eta) && !row.alone; }

}  // namespace

CATCH_TEST_CASE("samplers: halving the step divides the error by 2 to the row's order", "[sampling][table][property]") {
  for (const SamplerRow& row : samplers()) {
    if (!solves_ode(row)) continue;
    CATCH_INFO(std::string(row.name));
    const double order = std::log2(error_at(row, 160) / error_at(row, 322));  // 161 and 323 calls: DPM fast ends alike
    CATCH_CHECK(order > row.order - 0.1);
    CATCH_CHECK(order < row.order + (row.name == "lms" ? 0.9 : 0.1));  // its first steps, of lower order, begin to show
  }
}

CATCH_TEST_CASE("samplers: DPM adaptive stays as near to the solution as it allows itself", "[sampling][property]") {
  SamplerInput input = input_of(*find_sampler("dpm_adaptive"), at::full({1}, 3.0, at::kDouble), {kHigh, kLow, 0});
  input.settings.eta = 0;
  CATCH_CHECK(sample_dpm_adaptive(input).item<double>() == Approx(3.0 * growth(kHigh, kLow)).epsilon(0.05));
  input.denoiser = [](const at::Tensor& x, double) { return x * std::nan(""); };
  CATCH_CHECK(std::isnan(sample_dpm_adaptive(input).item<double>()));  // and ends
}

CATCH_TEST_CASE("samplers: stochastic ones end with the spread of the data", "[sampling][table][property]") {
  at::Generator generator = cpu_generator(7);
  const auto draw = [&] { return at::randn({10000}, generator, at::kFloat); };
  for (const SamplerRow& row : samplers()) {
    if (!row.stochastic && !row.eta) continue;
    CATCH_INFO(std::string(row.name));
    auto sigmas = sigmas_between(kHigh, 0.03, 200);
    const at::Tensor x = draw() * std::sqrt(kSpread * kSpread + kHigh * kHigh);
    if (!row.by_timestep) sigmas.push_back(0);
    SamplerInput input =
        row.by_timestep ? timestep_input(row, x / std::sqrt(1 + kHigh * kHigh), sigmas) : input_of(row, x, sigmas);
    input.settings.eta = 1;
    input.noise = draw;
    input.brownian = [&](double, double) { return draw(); };
    const at::Tensor end = algorithm_of(row.name)(input);
    CATCH_CHECK(end.std().item<double>() == Approx(kSpread).margin(0.02));
    CATCH_CHECK(std::abs(end.mean().item<double>()) < 0.02);
  }
}

CATCH_TEST_CASE("samplers: a step to 0 ends on what the net denoised", "[sampling][table][property]") {
  for (const SamplerRow& row : samplers()) {
    if (row.by_timestep || row.name == "dpm_fast" || row.alone) continue;
    CATCH_INFO(std::string(row.name));
    const at::Tensor x = at::full({1}, 3.0, at::kDouble);
    const SamplerInput input = input_of(row, x, {2, 0});
    CATCH_CHECK(algorithm_of(row.name)(input).item<double>() == Approx(input.denoiser(x, 2).item<double>()));
  }
}

CATCH_TEST_CASE("samplers: each step is reported once, from 0, as many as the table says", "[sampling][table]") {
  for (const SamplerRow& row : samplers()) {
    CATCH_INFO(std::string(row.name));
    auto sigmas = sigmas_between(kHigh, kLow, 5);
    const at::Tensor x = at::ones({1}, at::kDouble);
    SamplerInput input = row.by_timestep ? timestep_input(row, x, sigmas) : input_of(row, x, sigmas);
    std::vector<int> seen;
    input.on_step = [&](int i) {
      CATCH_CHECK(i == static_cast<int>(seen.size()));
      seen.push_back(i);
    };
    algorithm_of(row.name)(input);
    if (row.alone) continue;  // DPM adaptive finds its steps on its way
    CATCH_CHECK(static_cast<int>(seen.size()) == (row.unipc ? 6 : row.steps_of(sigmas)));
  }
}

CATCH_TEST_CASE("churn: noise is drawn at every step and added only between s_tmin and s_tmax", "[sampling]") {
  int draws = 0;
  SamplerInput input = input_of(*find_sampler("euler"), at::zeros({1}, at::kDouble), {8, 4, 2, 1, 0});
  input.noise = [&] { return ++draws, at::ones({1}, at::kDouble); };
  CATCH_CHECK(churned(input, input.x, 0).sigma == 8);
  input.settings.s_churn = 0.4;  // a tenth of sigma in each of the 4 steps
  input.settings.s_tmin = 2;
  CATCH_CHECK(churned(input, input.x, 0).sigma == Approx(8.8));
  input.settings.s_tmax = 4;
  CATCH_CHECK(churned(input, input.x, 0).sigma == 8);
  CATCH_CHECK(churned(input, input.x, 1).sigma == Approx(4.4));
  CATCH_CHECK(churned(input, input.x, 2).x.item<double>() == Approx(std::sqrt(2.2 * 2.2 - 4)));
  CATCH_CHECK(churned(input, input.x, 3).sigma == 1);
  input.settings.s_churn = 100;  // never more than sqrt(2) times sigma
  CATCH_CHECK(churned(input, input.x, 1).sigma == Approx(4 * std::sqrt(2.0)));
  CATCH_CHECK(draws == 7);
}
