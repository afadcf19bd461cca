// The steps rule of img2img: which part of which schedule is run.
#include "schedule/steps.h"

#include <algorithm>

namespace redraw {

Steps img2img_steps(int steps, double denoise, bool exact) {
  const double share = std::min(denoise, 0.999);
  if (!exact) return {steps, static_cast<int>(share * steps)};
  return {share > 0 ? static_cast<int>(steps / share) : 0, steps - 1};
}

std::vector<double> sampler_sigmas(const SamplerRow& sampler, const SchedulerRow& scheduler, int steps,
                                   const NoiseLevels& levels, const ScheduleSettings& settings) {
  const bool discard = sampler.discard_penultimate || settings.discard_penultimate;
  std::vector<double> sigmas = schedule_sigmas(scheduler, steps + (discard ? 1 : 0), levels, settings);
  if (discard && sigmas.size() > 1) sigmas.erase(sigmas.end() - 2);
  return sigmas;
}

std::vector<double> img2img_sigmas(const std::vector<double>& all, const Steps& steps) {
  const auto start =
      std::clamp<std::ptrdiff_t>(steps.total - steps.t_enc - 1, 0, static_cast<std::ptrdiff_t>(all.size()));
  return {all.begin() + start, all.end()};
}

std::vector<int> ddim_timesteps(int steps, bool discard_penultimate) {
  std::vector<int> timesteps;
  const int stride = std::max(1, 1000 / (steps + (discard_penultimate ? 1 : 0)));
  for (int t = 0; t < 1000; t += stride) timesteps.push_back(std::min(t + 1, 999));
  return timesteps;
}

std::vector<int> img2img_timesteps(const std::vector<int>& all, const Steps& steps) {
  return {all.begin(), all.begin() + std::min<std::ptrdiff_t>(steps.t_enc, static_cast<std::ptrdiff_t>(all.size()))};
}

ScheduleSettings schedule_settings(const Recipe& recipe) {
  return {recipe.sigma_min, recipe.sigma_max,           recipe.rho, recipe.beta_alpha,
          recipe.beta_beta, recipe.discard_penultimate, false};
}

StepCount count_steps(const Recipe& recipe, const NoiseLevels& levels) {
  const SamplerRow& sampler = *find_sampler(recipe.sampler);
  const Steps steps = img2img_steps(recipe.steps, recipe.denoise, recipe.exact_steps);
  const int least = sampler.unipc ? recipe.unipc_order : sampler.least_steps;
  if (steps.total < 1) return {0, least};
  const ScheduleSettings settings = schedule_settings(recipe);
  if (sampler.by_timestep) {
    const auto used = img2img_timesteps(ddim_timesteps(steps.total, settings.discard_penultimate), steps);
    const auto points = static_cast<int>(used.size());
    return {sampler.unipc ? points : std::max(0, points - 1), least};
  }
  const SchedulerRow& scheduler = resolve_scheduler(sampler, *find_scheduler(recipe.scheduler));
  const auto sigmas = img2img_sigmas(sampler_sigmas(sampler, scheduler, steps.total, levels, settings), steps);
  return {sampler.steps_of(sigmas), least};
}

}  // namespace redraw
