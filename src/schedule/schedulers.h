// TABLE of schedulers: each makes the sigmas that a sampler walks.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "schedule/noise_levels.h"

namespace redraw {

/// What a schedule can be told beyond its steps; A1111's names and defaults.
struct ScheduleSettings {
  double sigma_min = 0, sigma_max = 0;        // 0: the model's own range
  double rho = 0;                             // of Karras and Polyexponential; 0: 7 and 1
  double beta_alpha = 0.6, beta_beta = 0.6;   // of Beta
  bool discard_penultimate = false;           // leave out the last sigma before 0, of one step more
  bool sdxl = false;                          // Align Your Steps was tuned for SDXL apart
};

/// What the function of a row gets: every value settled. steps >= 1; sigma_max > sigma_min > 0.
struct ScheduleInput {
  int steps;
  const NoiseLevels& levels;
  double sigma_min, sigma_max, rho, beta_alpha, beta_beta;
  bool sdxl;
};

struct SchedulerRow {
  std::string_view name;   // in YAML and flags
  std::string_view label;  // A1111's "Schedule type"
  double default_rho = 0;  // 0: the schedule has no rho
  /// Falling sigmas, the last 0 (kl_optimal: sigma_min), in single precision.
  std::vector<double> (*sigmas)(const ScheduleInput& input) = nullptr;
  bool by_limits = true;  // goes from sigma_max to sigma_min; otherwise over the model's own levels
};

std::span<const SchedulerRow> schedulers();
/// By name or label, case ignored; nullptr if there is none.
const SchedulerRow* find_scheduler(std::string_view name_or_label);

/// Evenly spaced in sigma^(1/rho): Karras et al. 2022 (arXiv 2206.00364), eq. 5; then 0.
std::vector<double> karras_sigmas(int steps, double sigma_min, double sigma_max, double rho = 7,
                                  const FloatMath& math = plain_math());

/// The sigmas of a scheduler; steps 0 gives the end alone.
/// source A1111 1.10 KDiffusionSampler.get_sigmas; golden: ui/schedule get_sigmas
std::vector<double> schedule_sigmas(const SchedulerRow& scheduler, int steps, const NoiseLevels& levels,
                                    const ScheduleSettings& settings = {});

}  // namespace redraw
