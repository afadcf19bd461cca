// TABLE of samplers: names and traits; the algorithms stand in sampling/.
#pragma once

#include <span>
#include <string_view>

#include "schedule/schedulers.h"

namespace redraw {

struct SamplerRow {
  std::string_view name;   // in YAML and flags
  std::string_view label;  // A1111's "Sampler"
  int order;               // of the ODE solver
  bool stochastic;
  bool by_timestep;                    // walks timesteps (DDIM's kin) instead of sigmas
  std::string_view default_scheduler;  // what "automatic" stands for
};

std::span<const SamplerRow> samplers();
/// By name or label, case ignored; nullptr if there is none.
const SamplerRow* find_sampler(std::string_view name_or_label);

/// The scheduler, with "automatic" replaced by the sampler's own.
const SchedulerRow& resolve_scheduler(const SamplerRow& sampler, const SchedulerRow& scheduler);

}  // namespace redraw
