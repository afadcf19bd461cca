// TABLE of schedulers: each makes the sigmas that a sampler walks.
#include "schedule/schedulers.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "schedule/beta_quantile.h"

namespace redraw {
namespace {

using Sigmas = std::vector<double>;

float single(double value) { return static_cast<float>(value); }

template <typename T>
Sigmas down_to_zero(const std::vector<T>& values) {
  Sigmas sigmas(values.begin(), values.end());
  sigmas.push_back(0);
  return sigmas;
}

/// k-diffusion's get_sigmas: even timesteps from the last to the first.
Sigmas uniform(const ScheduleInput& in) {
  const auto end = [&](double sigma) { return single(in.levels.t_of_sigma(sigma)); };
  return down_to_zero(
      in.levels.sigmas_of(in.levels.math().linspace(end(in.levels.sigma_max()), end(in.levels.sigma_min()), in.steps)));
}

/// The first `steps` of `count` even timesteps between the limits; A1111 takes their sigmas one by one.
Sigmas between_limits(const ScheduleInput& in, int count) {
  Floats timesteps = in.levels.math().linspace(single(in.levels.t_of_sigma(in.sigma_max)),
                                               single(in.levels.t_of_sigma(in.sigma_min)), count);
  timesteps.resize(static_cast<std::size_t>(in.steps));
  Sigmas sigmas;
  for (const float t : timesteps) sigmas.push_back(in.levels.sigma_of_t(static_cast<double>(t)));
  return down_to_zero(sigmas);
}

Sigmas normal(const ScheduleInput& in) { return between_limits(in, in.steps); }
Sigmas sgm_uniform(const ScheduleInput& in) { return between_limits(in, in.steps + 1); }

Sigmas karras(const ScheduleInput& in) {
  return karras_sigmas(in.steps, in.sigma_min, in.sigma_max, in.rho, in.levels.math());
}

/// Evenly spaced in log sigma.
Sigmas exponential(const ScheduleInput& in) {
  const FloatMath& math = in.levels.math();
  return down_to_zero(
      math.exp(math.linspace(single(std::log(in.sigma_max)), single(std::log(in.sigma_min)), in.steps)));
}

/// A power of rho in log sigma; rho 1 is exponential but for the last bits.
Sigmas polyexponential(const ScheduleInput& in) {
  const FloatMath& math = in.levels.math();
  const double low = std::log(in.sigma_min), high = std::log(in.sigma_max);
  Floats logs = math.pow(math.linspace(1, 0, in.steps), in.rho);
  for (float& value : logs) value = value * single(high - low) + single(low);
  return down_to_zero(math.exp(logs));
}

/// "Align Your Steps" (arXiv 2404.14507), section 4.1; ends with sigma_min, not 0, as in A1111.
Sigmas kl_optimal(const ScheduleInput& in) {
  const FloatMath& math = in.levels.math();
  const float low = math.atan({single(in.sigma_min)}).front(), high = math.atan({single(in.sigma_max)}).front();
  Floats angles;
  for (int i = 0; i <= in.steps; ++i) {
    const float share = static_cast<float>(i) / static_cast<float>(in.steps);
    angles.push_back(share * low + (1 - share) * high);
  }
  const Floats sigmas = math.tan(angles);
  return {sigmas.begin(), sigmas.end()};
}

// research.nvidia.com/labs/toronto-ai/AlignYourSteps/howto.html
constexpr std::size_t kAlignedCount = 11;
constexpr double kAlignedSd15[kAlignedCount] = {14.615, 6.475, 3.861, 2.697, 1.886, 1.396,
                                                0.963,  0.652, 0.399, 0.152, 0.029};
constexpr double kAlignedSdxl[kAlignedCount] = {14.615, 6.315, 3.771, 2.181, 1.342, 0.862,
                                                0.555,  0.380, 0.234, 0.113, 0.029};

/// The published steps, log-linear between them for other numbers of steps; one step is the last alone, as in A1111.
Sigmas align_your_steps(const ScheduleInput& in) {
  const auto& table = in.sdxl ? kAlignedSdxl : kAlignedSd15;
  Floats sigmas;
  for (int i = 0; i < in.steps; ++i) {
    const double place =
        in.steps == 1 ? kAlignedCount - 1 : static_cast<double>(i) * (kAlignedCount - 1) / (in.steps - 1);
    const auto low = std::min(static_cast<std::size_t>(place), kAlignedCount - 2);
    const double share = place - static_cast<double>(low);
    sigmas.push_back(single(std::exp((1 - share) * std::log(table[low]) + share * std::log(table[low + 1]))));
  }
  return down_to_zero(sigmas);
}

Sigmas simple(const ScheduleInput& in) {
  const Floats& all = in.levels.sigmas();
  const double stride = static_cast<double>(all.size()) / in.steps;
  Floats sigmas;
  for (int i = 0; i < in.steps; ++i) sigmas.push_back(all[all.size() - 1 - static_cast<std::size_t>(i * stride)]);
  return down_to_zero(sigmas);
}

/// Every (1000 / steps)-th level from 1 on: one more or less than asked, as in A1111.
Sigmas ddim(const ScheduleInput& in) {
  Floats sigmas;
  const Floats& all = in.levels.sigmas();
  const std::size_t stride = std::max<std::size_t>(all.size() / static_cast<std::size_t>(in.steps), 1);
  for (std::size_t i = 1; i < all.size(); i += stride) sigmas.insert(sigmas.begin(), all[i]);
  return down_to_zero(sigmas);
}

/// "Beta Sampling is All You Need" (arXiv 2407.12173); over sigmas, not timesteps, as in A1111.
Sigmas beta(const ScheduleInput& in) {
  Floats sigmas;
  for (int i = 0; i < in.steps; ++i) {
    const double share = in.steps == 1 ? 1 : 1 - static_cast<double>(i) / (in.steps - 1);
    sigmas.push_back(
        single(in.sigma_min + beta_quantile(share, in.beta_alpha, in.beta_beta) * (in.sigma_max - in.sigma_min)));
  }
  return down_to_zero(sigmas);
}

constexpr SchedulerRow kSchedulers[] = {
    {.name = "automatic", .label = "Automatic", .sigmas = uniform, .by_limits = false},
    {.name = "uniform", .label = "Uniform", .sigmas = uniform, .by_limits = false},
    {.name = "karras", .label = "Karras", .default_rho = 7, .sigmas = karras},
    {.name = "exponential", .label = "Exponential", .sigmas = exponential},
    {.name = "polyexponential", .label = "Polyexponential", .default_rho = 1, .sigmas = polyexponential},
    {.name = "sgm_uniform", .label = "SGM Uniform", .sigmas = sgm_uniform},
    {.name = "kl_optimal", .label = "KL Optimal", .sigmas = kl_optimal},
    {.name = "align_your_steps", .label = "Align Your Steps", .sigmas = align_your_steps, .by_limits = false},
    {.name = "simple", .label = "Simple", .sigmas = simple, .by_limits = false},
    {.name = "normal", .label = "Normal", .sigmas = normal},
    {.name = "ddim", .label = "DDIM", .sigmas = ddim, .by_limits = false},
    {.name = "beta", .label = "Beta", .sigmas = beta},
};

}  // namespace

std::span<const SchedulerRow> schedulers() { return kSchedulers; }

const SchedulerRow* find_scheduler(std::string_view name_or_label) {
  const std::string wanted = to_lower(name_or_label);
  for (const SchedulerRow& row : kSchedulers)
    if (wanted == row.name || wanted == to_lower(row.label)) return &row;
  return nullptr;
}

std::vector<double> karras_sigmas(int steps, double sigma_min, double sigma_max, double rho, const FloatMath& math) {
  const double low = std::pow(sigma_min, 1 / rho), high = std::pow(sigma_max, 1 / rho);
  Floats roots = math.linspace(0, 1, steps);
  for (float& value : roots) value = single(high) + value * single(low - high);
  return down_to_zero(math.pow(roots, rho));
}

std::vector<double> schedule_sigmas(const SchedulerRow& scheduler, int steps, const NoiseLevels& levels,
                                    const ScheduleSettings& settings) {
  if (steps < 1) return {0};
  const auto given = [](double value, double otherwise) { return value != 0 ? value : otherwise; };
  return scheduler.sigmas({steps, levels, given(settings.sigma_min, levels.sigma_min()),
                           given(settings.sigma_max, levels.sigma_max()), given(settings.rho, scheduler.default_rho),
                           settings.beta_alpha, settings.beta_beta, settings.sdxl});
}

}  // namespace redraw
