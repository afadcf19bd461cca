// The steps rule of img2img: which part of which schedule is run.
#pragma once

#include <vector>

#include "redraw/recipe.h"
#include "schedule/samplers.h"

namespace redraw {

struct Steps {
  int total = 0;  // of the schedule
  int t_enc = 0;  // A1111's: the run starts at this many steps before the end
};

/// Not exact: the last int(min(denoise, 0.999) * steps) + 1 steps of the schedule; exact: `steps` of a longer one.
/// denoise 0 to 1, steps >= 1; exact with denoise 0 has total 0.
/// source A1111 1.10 sd_samplers_common.setup_img2img_steps; golden: ui/schedule
Steps img2img_steps(int steps, double denoise, bool exact);

/// All sigmas of a schedule; a sampler or setting that discards the last but one gets one step more.
std::vector<double> sampler_sigmas(const SamplerRow& sampler, const SchedulerRow& scheduler, int steps,
                                   const NoiseLevels& levels, const ScheduleSettings& settings);
/// The sigmas that are used: the last t_enc + 2 of them. golden: ui/schedule img2img_sigmas
std::vector<double> img2img_sigmas(const std::vector<double>& all, const Steps& steps);

/// 1, 1 + s, 1 + 2 s ... with s = 1000 / steps, at most 999; rising. steps >= 1; golden: ui/schedule ddim_timesteps
std::vector<int> ddim_timesteps(int steps, bool discard_penultimate);
/// The timesteps that are used: the first t_enc of them.
std::vector<int> img2img_timesteps(const std::vector<int>& all, const Steps& steps);

/// What a recipe asks of its schedule.
ScheduleSettings schedule_settings(const Recipe& recipe);

/// Steps that a recipe's run reports; `least`: its sampler fails with fewer. 0 with exact_steps at denoise 0.
struct StepCount {
  int run, least;
};
StepCount count_steps(const Recipe& recipe, const NoiseLevels& levels);

}  // namespace redraw
