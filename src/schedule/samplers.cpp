// TABLE of samplers: names and traits; the algorithms stand in sampling/.
#include "schedule/samplers.h"

#include "base/text.h"
#include "schedule/restart.h"

namespace redraw {
namespace {

/// Three model calls a step, as many calls as sigmas less one.
int fast_steps(const std::vector<double>& sigmas) { return one_step_each(sigmas) / 3 + 1; }

int steps_with_restarts(const std::vector<double>& sigmas) { return static_cast<int>(restart_steps(sigmas).size()); }

// In A1111's order. source A1111 1.10 sd_samplers_kdiffusion, sd_samplers_timesteps, sd_samplers_lcm
constexpr SamplerRow kSamplers[] = {
    {.name = "dpmpp_2m", .label = "DPM++ 2M", .order = 2, .default_scheduler = "karras"},
    {.name = "dpmpp_sde", .label = "DPM++ SDE", .order = 2, .stochastic = true, .default_scheduler = "karras",
     .second_order = true, .noise_scale = true, .eta = true, .brownian = true},
    {.name = "dpmpp_2m_sde", .label = "DPM++ 2M SDE", .order = 2, .stochastic = true, .default_scheduler = "exponential",
     .noise_scale = true, .eta = true, .brownian = true, .least_steps = 2},
    {.name = "dpmpp_2m_sde_heun", .label = "DPM++ 2M SDE Heun", .order = 2, .stochastic = true,
     .default_scheduler = "exponential", .noise_scale = true, .eta = true, .brownian = true, .least_steps = 2},
    {.name = "dpmpp_2s_a", .label = "DPM++ 2S a", .order = 2, .stochastic = true, .default_scheduler = "karras",
     .second_order = true, .noise_scale = true, .eta = true, .ensd = true},
    {.name = "dpmpp_3m_sde", .label = "DPM++ 3M SDE", .order = 2, .stochastic = true, .default_scheduler = "exponential",
     .discard_penultimate = true, .noise_scale = true, .eta = true, .brownian = true, .least_steps = 2},
    {.name = "euler_a", .label = "Euler a", .stochastic = true, .eta = true, .ensd = true},
    {.name = "euler", .label = "Euler", .churn = true, .noise_scale = true},
    {.name = "lms", .label = "LMS", .order = 2},
    {.name = "heun", .label = "Heun", .order = 2, .second_order = true, .churn = true, .noise_scale = true},
    {.name = "dpm2", .label = "DPM2", .order = 2, .default_scheduler = "karras", .second_order = true,
     .discard_penultimate = true, .churn = true, .noise_scale = true},
    {.name = "dpm2_a", .label = "DPM2 a", .order = 2, .stochastic = true, .default_scheduler = "karras",
     .second_order = true, .discard_penultimate = true, .noise_scale = true, .eta = true, .ensd = true},
    {.name = "dpm_fast", .label = "DPM fast", .order = 3, .stochastic = true, .noise_scale = true, .eta = true, .ensd = true,
     .least_steps = 2, .steps_of = fast_steps},
    {.name = "dpm_adaptive", .label = "DPM adaptive", .order = 3, .stochastic = true, .eta = true, .ensd = true,
     .alone = true, .least_steps = 2},
    {.name = "restart", .label = "Restart", .order = 2, .stochastic = true, .default_scheduler = "karras",
     .second_order = true, .steps_of = steps_with_restarts},
    {.name = "ddim", .label = "DDIM", .by_timestep = true, .eta = true, .infotext_eta = "Eta DDIM", .default_eta = 0},
    {.name = "ddim_cfgpp", .label = "DDIM CFG++", .by_timestep = true, .eta = true, .cfg_divisor = 12.5,
     .infotext_eta = "Eta DDIM", .default_eta = 0},
    {.name = "plms", .label = "PLMS", .order = 2, .by_timestep = true},
    {.name = "unipc", .label = "UniPC", .order = 2, .by_timestep = true, .unipc = true},
    {.name = "lcm", .label = "LCM", .stochastic = true, .levels = LevelMap::kLcm},
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
  return scheduler.name != "automatic" ? scheduler : *find_scheduler(sampler.default_scheduler);
}

NoiseLevels levels_of(const SamplerRow& sampler, const Floats& alphas_cumprod, bool quantized, const FloatMath& math) {
  const bool rounds = quantized && sampler.levels == LevelMap::kPlain;
  return NoiseLevels(alphas_cumprod, rounds ? LevelMap::kQuantized : sampler.levels, math);
}

}  // namespace redraw
