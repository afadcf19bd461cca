// Walks the table of samplers on Gaussian data, where the ODE has a closed solution.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include <cmath>
#include <map>

#include "sampling/noise.h"
#include "sampling/step.h"
#include "schedule/samplers.h"

using namespace redraw;

namespace {

constexpr double kSpread = 0.5, kHigh = 10, kLow = 0.1;

using Algorithm = at::Tensor (*)(const SamplerInput&);
const std::map<std::string_view, Algorithm> kAlgorithms = {
    {"euler", sample_euler}, {"euler_a", sample_euler_a}, {"dpmpp_2m", sample_dpmpp_2m}, {"ddim", sample_ddim}};

/// For data N(0, s^2) the exact denoiser is x s^2 / (s^2 + sigma^2).
at::Tensor denoised(const at::Tensor& x, double sigma) { return x * (kSpread * kSpread / (kSpread * kSpread + sigma * sigma)); }

/// Where the ODE takes x from one level to the other.
double growth(double from, double to) { return std::sqrt((kSpread * kSpread + to * to) / (kSpread * kSpread + from * from)); }

/// Evenly spaced in log sigma, falling.
std::vector<double> sigmas_between(double high, double low, int steps) {
  std::vector<double> sigmas;
  for (int i = 0; i <= steps; ++i) sigmas.push_back(high * std::pow(low / high, static_cast<double>(i) / steps));
  return sigmas;
}

SamplerInput input_of(const at::Tensor& x, const std::vector<double>& sigmas) {
  SamplerInput input;
  input.x = x;
  input.sigmas = sigmas;
  input.denoiser = denoised;
  input.noise = [x] { return at::zeros_like(x); };
  input.on_step = [](int) {};
  return input;
}

/// The same walk in DDIM's terms: x / sqrt(a) is x at sigma, and the net gives eps.
SamplerInput timestep_input(const at::Tensor& x, const std::vector<double>& sigmas) {
  SamplerInput input = input_of(x, sigmas);
  for (std::size_t i = 0; i < sigmas.size(); ++i) {
    input.timesteps.push_back(static_cast<int>(i));
    const double sigma = sigmas[sigmas.size() - 1 - i];
    input.alphas_cumprod.push_back(1 / (1 + sigma * sigma));
  }
  const auto alphas = input.alphas_cumprod;
  input.denoiser = [alphas](const at::Tensor& scaled, double t) {
    const double a = alphas[static_cast<std::size_t>(t)], sigma = std::sqrt((1 - a) / a);
    const at::Tensor clean = scaled / std::sqrt(a);
    return (clean - denoised(clean, sigma)) / sigma;
  };
  input.eta = 0;
  return input;
}

double error_at(const SamplerRow& row, int steps) {
  const auto sigmas = sigmas_between(kHigh, kLow, steps);
  const at::Tensor x = at::full({1}, 3.0, at::kDouble);
  const double exact = 3.0 * growth(kHigh, kLow);
  if (!row.by_timestep) return std::abs(kAlgorithms.at(row.name)(input_of(x, sigmas)).item<double>() - exact);
  const double first = 1 / std::sqrt(1 + kHigh * kHigh), last = std::sqrt(1 + kLow * kLow);
  return std::abs(kAlgorithms.at(row.name)(timestep_input(x * first, sigmas)).item<double>() * last - exact);
}

}  // namespace

CATCH_TEST_CASE("samplers: halving the step divides the error by 2 to the row's order", "[sampling][table][property]") {
  for (const SamplerRow& row : samplers()) {
    CATCH_INFO(std::string(row.name));
    CATCH_REQUIRE(kAlgorithms.contains(row.name));
    if (row.stochastic) continue;
    const double order = std::log2(error_at(row, 160) / error_at(row, 320));
    CATCH_CHECK(order == Approx(row.order).margin(0.1));
  }
}

CATCH_TEST_CASE("samplers: stochastic ones end with the spread of the data", "[sampling][table][property]") {
  at::Generator generator = cpu_generator(7);
  const auto draw = [&] { return at::randn({40000}, generator, at::kFloat); };
  for (const SamplerRow& row : samplers()) {
    if (!row.stochastic) continue;
    CATCH_INFO(std::string(row.name));
    auto sigmas = sigmas_between(kHigh, 0.03, 200);
    sigmas.push_back(0);
    SamplerInput input = input_of(draw() * std::sqrt(kSpread * kSpread + kHigh * kHigh), sigmas);
    input.noise = draw;
    const at::Tensor end = kAlgorithms.at(row.name)(input);
    CATCH_CHECK(end.std().item<double>() == Approx(kSpread).margin(0.02));
    CATCH_CHECK(std::abs(end.mean().item<double>()) < 0.02);
  }
}

CATCH_TEST_CASE("samplers: a step to 0 ends on what the net denoised", "[sampling][table][property]") {
  for (const SamplerRow& row : samplers()) {
    if (row.by_timestep) continue;
    CATCH_INFO(std::string(row.name));
    const at::Tensor x = at::full({1}, 3.0, at::kDouble);
    const at::Tensor end = kAlgorithms.at(row.name)(input_of(x, {2, 0}));
    CATCH_CHECK(end.item<double>() == Approx(denoised(x, 2).item<double>()));
  }
}

CATCH_TEST_CASE("samplers: each step is reported once, from 0", "[sampling][table]") {
  for (const SamplerRow& row : samplers()) {
    CATCH_INFO(std::string(row.name));
    const auto sigmas = sigmas_between(kHigh, kLow, 5);
    const at::Tensor x = at::ones({1}, at::kDouble);
    SamplerInput input = row.by_timestep ? timestep_input(x, sigmas) : input_of(x, sigmas);
    std::vector<int> seen;
    input.on_step = [&](int i) { seen.push_back(i); };
    kAlgorithms.at(row.name)(input);
    CATCH_CHECK(seen == std::vector<int>{0, 1, 2, 3, 4});
  }
}
