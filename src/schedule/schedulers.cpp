// TABLE of schedulers: each makes the sigmas that a sampler walks.
#include "schedule/schedulers.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace redraw {
namespace {

using Sigmas = std::vector<double>;

double between(double from, double to, int i, int count) {
  return count == 1 ? from : from + (to - from) * i / (count - 1);
}

/// k-diffusion's get_sigmas: even timesteps from the last to the first.
Sigmas uniform(int steps, const NoiseLevels& levels) {
  Sigmas sigmas;
  const double last = static_cast<double>(levels.sigmas().size()) - 1;
  for (int i = 0; i < steps; ++i) sigmas.push_back(levels.sigma_of_t(between(last, 0, i, steps)));
  sigmas.push_back(0);
  return sigmas;
}

Sigmas through_timesteps(int steps, int points, const NoiseLevels& levels) {
  Sigmas sigmas;
  const double start = levels.t_of_sigma(levels.sigma_max()), end = levels.t_of_sigma(levels.sigma_min());
  for (int i = 0; i < steps; ++i) sigmas.push_back(levels.sigma_of_t(between(start, end, i, points)));
  sigmas.push_back(0);
  return sigmas;
}

Sigmas normal(int steps, const NoiseLevels& levels) { return through_timesteps(steps, steps, levels); }
Sigmas sgm_uniform(int steps, const NoiseLevels& levels) { return through_timesteps(steps, steps + 1, levels); }

/// Evenly spaced in sigma^(1/rho): Karras et al. 2022 (arXiv 2206.00364), eq. 5, rho 7.
Sigmas karras(int steps, const NoiseLevels& levels) {
  constexpr double kRho = 7;
  Sigmas sigmas;
  const double low = std::pow(levels.sigma_min(), 1 / kRho), high = std::pow(levels.sigma_max(), 1 / kRho);
  for (int i = 0; i < steps; ++i) sigmas.push_back(std::pow(between(high, low, i, steps), kRho));
  sigmas.push_back(0);
  return sigmas;
}

/// Evenly spaced in log sigma; polyexponential with rho 1 is the same.
Sigmas exponential(int steps, const NoiseLevels& levels) {
  Sigmas sigmas;
  for (int i = 0; i < steps; ++i)
    sigmas.push_back(std::exp(between(std::log(levels.sigma_max()), std::log(levels.sigma_min()), i, steps)));
  sigmas.push_back(0);
  return sigmas;
}

/// "Align Your Steps" (arXiv 2404.14507), section 4.1; ends with sigma_min, not 0, as in A1111.
Sigmas kl_optimal(int steps, const NoiseLevels& levels) {
  Sigmas sigmas;
  const double low = std::atan(levels.sigma_min()), high = std::atan(levels.sigma_max());
  for (int i = 0; i <= steps; ++i) sigmas.push_back(std::tan(between(high, low, i, steps + 1)));
  return sigmas;
}

Sigmas simple(int steps, const NoiseLevels& levels) {
  Sigmas sigmas;
  const double stride = static_cast<double>(levels.sigmas().size()) / steps;
  for (int i = 0; i < steps; ++i)
    sigmas.push_back(levels.sigmas()[levels.sigmas().size() - 1 - static_cast<std::size_t>(i * stride)]);
  sigmas.push_back(0);
  return sigmas;
}

/// Every (1000 / steps)-th level from 1 on: one more or less than asked, as in A1111.
Sigmas ddim(int steps, const NoiseLevels& levels) {
  Sigmas sigmas = {0};
  const std::size_t stride = std::max<std::size_t>(levels.sigmas().size() / static_cast<std::size_t>(steps), 1);
  for (std::size_t i = 1; i < levels.sigmas().size(); i += stride) sigmas.push_back(levels.sigmas()[i]);
  std::reverse(sigmas.begin(), sigmas.end());
  return sigmas;
}

constexpr SchedulerRow kSchedulers[] = {
    {"automatic", "Automatic", nullptr},
    {"uniform", "Uniform", uniform},
    {"karras", "Karras", karras},
    {"exponential", "Exponential", exponential},
    {"polyexponential", "Polyexponential", exponential},
    {"sgm_uniform", "SGM Uniform", sgm_uniform},
    {"kl_optimal", "KL Optimal", kl_optimal},
    {"simple", "Simple", simple},
    {"normal", "Normal", normal},
    {"ddim", "DDIM", ddim},
};

}  // namespace

std::span<const SchedulerRow> schedulers() { return kSchedulers; }

const SchedulerRow* find_scheduler(std::string_view name_or_label) {
  const std::string wanted = to_lower(name_or_label);
  for (const SchedulerRow& row : kSchedulers)
    if (wanted == row.name || wanted == to_lower(row.label)) return &row;
  return nullptr;
}

}  // namespace redraw
