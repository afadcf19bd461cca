// The way of the sampler Restart: down, back up into noise, and down again.
#pragma once

#include <vector>

namespace redraw {

/// One Heun step; a step that begins above where the last one ended is preceded by noise up to there.
struct RestartStep {
  double from, to;
};

/// From 20 steps on one restart, from 36 on two: from the sigma next to 0.1 back to that next to 2, over a new
/// Karras schedule of fewer steps between the same ends.
///
/// sigmas  falling, the last 0
/// source  Restart Sampling (arXiv 2306.14878); the numbers are A1111's; golden: ui/sampler 050_restart
std::vector<RestartStep> restart_steps(const std::vector<double>& sigmas);

}  // namespace redraw
