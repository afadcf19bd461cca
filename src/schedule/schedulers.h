// TABLE of schedulers: each makes the sigmas that a sampler walks.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "schedule/noise_levels.h"

namespace redraw {

struct SchedulerRow {
  std::string_view name;   // in YAML and flags
  std::string_view label;  // A1111's "Schedule type"
  /// steps >= 1 -> falling sigmas, the last 0 (kl_optimal: sigma_min); nullptr: the sampler's own.
  std::vector<double> (*sigmas)(int steps, const NoiseLevels& levels);
};

std::span<const SchedulerRow> schedulers();
/// By name or label, case ignored; nullptr if there is none.
const SchedulerRow* find_scheduler(std::string_view name_or_label);

}  // namespace redraw
