// The steps rule of img2img: which part of which schedule is run.
#pragma once

#include <vector>

#include "schedule/samplers.h"

namespace redraw {

struct Steps {
  int total = 0;  // of the schedule
  int t_enc = 0;  // A1111's: the run starts at this many steps before the end
  int run = 0;    // model steps really made
};

/// Not exact: int(min(denoise, 0.999) * steps) + 1 model steps; exact: `steps` of a longer schedule.
/// DDIM makes two fewer. denoise 0 to 1, steps >= 1; exact with denoise 0 has total 0.
/// source A1111 1.10 sd_samplers_common.setup_img2img_steps; golden: ui/schedule
Steps img2img_steps(int steps, double denoise, bool exact, const SamplerRow& sampler);

/// The sigmas that are used: the last t_enc + 2 of the schedule. golden: ui/schedule img2img_sigmas
std::vector<double> img2img_sigmas(const SchedulerRow& scheduler, const Steps& steps, const NoiseLevels& levels);

/// 1, 1 + s, 1 + 2 s ... with s = 1000 / steps, at most 999; rising. golden: ui/schedule ddim_timesteps
std::vector<int> ddim_timesteps(int steps);

}  // namespace redraw
