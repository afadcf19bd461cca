// TABLE of samplers: names and traits; the algorithms stand in sampling/.
#include "schedule/samplers.h"

#include "base/text.h"

namespace redraw {
namespace {

constexpr SamplerRow kSamplers[] = {
    {"dpmpp_2m", "DPM++ 2M", 2, false, false, "karras"},
    {"euler", "Euler", 1, false, false, "uniform"},
    {"euler_a", "Euler a", 1, true, false, "uniform"},
    {"ddim", "DDIM", 1, false, true, "uniform"},
};

}  // namespace

std::span<const SamplerRow> samplers() { return kSamplers; }

const SamplerRow* find_sampler(std::string_view name_or_label) {
  const std::string wanted = to_lower(name_or_label);
  for (const SamplerRow& row : kSamplers)
    if (wanted == row.name || wanted == to_lower(row.label)) return &row;
  return nullptr;
}

const SchedulerRow& resolve_scheduler(const SamplerRow& sampler, const SchedulerRow& scheduler) {
  return scheduler.sigmas != nullptr ? scheduler : *find_scheduler(sampler.default_scheduler);
}

}  // namespace redraw
