// Settings that were asked for and change nothing, because something else leaves them nothing to do.
#include "batch/idle_settings.h"

#include <initializer_list>

#include <fmt/format.h>

#include "schedule/samplers.h"

namespace redraw {
namespace {

struct Asked {
  const char* key;
  bool set, counts;
};

void add_idle(std::vector<IdleSetting>& idle, std::initializer_list<Asked> all, const std::string& reason,
              const std::string& fix) {
  for (const Asked& asked : all)
    if (asked.set && !asked.counts)
      idle.push_back({asked.key, fmt::format("{} does nothing {}", asked.key, reason), fix});
}

void add_mask_settings(const Recipe& r, std::vector<IdleSetting>& idle) {
  const bool mask = !r.mask.empty();
  add_idle(idle, {
      {"soft_inpainting", r.soft_inpainting, mask},
      {"masked_content", r.masked_content != MaskedContent::kOriginal, mask},
      {"inpaint_area", r.inpaint_area != InpaintArea::kWholePicture, mask},
      {"mask_mode", r.mask_mode != MaskMode::kMasked, mask}, {"mask_grow", r.mask_grow != 0, mask},
      {"mask_transparency", r.mask_transparency != 0, mask}},
           "without a mask", "give --mask");
}

void add_size_settings(const Recipe& r, std::vector<IdleSetting>& idle) {
  add_idle(idle, {{"tile_mode", r.tile_mode != TileMode::kJoint, r.tile != "off"}}, "without a tile",
           "give --tile auto");
}

void add_sampler_settings(const Recipe& r, std::vector<IdleSetting>& idle) {
  const SamplerRow& sampler = *find_sampler(r.sampler);
  const Recipe plain;
  add_idle(idle, {
      {"scheduler", r.scheduler != plain.scheduler, !sampler.by_timestep},
      {"quantize", r.quantize, !sampler.by_timestep && sampler.levels == LevelMap::kPlain},
      {"eta", r.eta.has_value(), sampler.eta}, {"s_churn", r.s_churn != 0, sampler.churn},
      {"s_noise", r.s_noise != 1, sampler.noise_scale},
      {"unipc_variant", r.unipc_variant != plain.unipc_variant, sampler.unipc},
      {"unipc_skip_type", r.unipc_skip_type != plain.unipc_skip_type, sampler.unipc},
      {"unipc_order", r.unipc_order != plain.unipc_order, sampler.unipc},
      {"unipc_lower_order_final", !r.unipc_lower_order_final, sampler.unipc}},
           fmt::format("with {}", sampler.label), "take another sampler");
  const bool churns = sampler.churn && r.s_churn != 0;
  add_idle(idle,
           {{"s_tmin", r.s_tmin != 0, churns},
            {"s_tmax", r.s_tmax != 0, churns},
            {"s_noise", sampler.churn && r.s_noise != 1, churns}},
           "without s_churn", "give --s-churn with Euler, Heun or DPM2");
}

void add_schedule_settings(const Recipe& r, std::vector<IdleSetting>& idle) {
  const SamplerRow& sampler = *find_sampler(r.sampler);
  const SchedulerRow& scheduler = resolve_scheduler(sampler, *find_scheduler(r.scheduler));
  const bool limits = scheduler.by_limits && !sampler.by_timestep,
             beta = scheduler.name == "beta" && !sampler.by_timestep;
  const Recipe plain;
  add_idle(idle,
           {{"sigma_min", r.sigma_min != 0, limits},
            {"sigma_max", r.sigma_max != 0, limits},
            {"rho", r.rho != 0, scheduler.default_rho != 0 && !sampler.by_timestep},
            {"beta_alpha", r.beta_alpha != plain.beta_alpha, beta},
            {"beta_beta", r.beta_beta != plain.beta_beta, beta}},
           sampler.by_timestep ? fmt::format("with {}", sampler.label)
                               : fmt::format("with the schedule {}", scheduler.label),
           sampler.by_timestep ? "take another sampler" : "take another scheduler");
}

}  // namespace

std::vector<IdleSetting> idle_settings(const Recipe& recipe) {
  std::vector<IdleSetting> idle;
  add_mask_settings(recipe, idle);
  add_size_settings(recipe, idle);
  add_sampler_settings(recipe, idle);
  add_schedule_settings(recipe, idle);
  return idle;
}

}  // namespace redraw
