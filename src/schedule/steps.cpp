// The steps rule of img2img: which part of which schedule is run.
#include "schedule/steps.h"

#include <algorithm>

namespace redraw {

Steps img2img_steps(int steps, double denoise, bool exact, const SamplerRow& sampler) {
  const double share = std::min(denoise, 0.999);
  Steps result;
  result.total = !exact ? steps : share > 0 ? static_cast<int>(steps / share) : 0;
  result.t_enc = exact ? steps - 1 : static_cast<int>(share * steps);
  result.run = sampler.by_timestep ? std::max(0, result.t_enc - 1) : result.t_enc + 1;
  return result;
}

std::vector<double> img2img_sigmas(const SchedulerRow& scheduler, const Steps& steps, const NoiseLevels& levels) {
  const std::vector<double> all = scheduler.sigmas(steps.total, levels);
  const int start = std::max(0, steps.total - steps.t_enc - 1);
  return {all.begin() + std::min<std::ptrdiff_t>(start, static_cast<std::ptrdiff_t>(all.size())), all.end()};
}

std::vector<int> ddim_timesteps(int steps) {
  std::vector<int> timesteps;
  const int stride = std::max(1, 1000 / steps);
  for (int t = 0; t < 1000; t += stride) timesteps.push_back(std::min(t + 1, 999));
  return timesteps;
}

}  // namespace redraw
