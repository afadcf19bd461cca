// Single precision arithmetic of schedules, as a table of functions.
#pragma once

#include <vector>

namespace redraw {

using Floats = std::vector<float>;

/// What a schedule is computed with. The noise of SDE samplers hangs on the last bit of a sigma, and torch's kernels
/// round in their own ways, so the engine gives torch's functions here (sampling/torch_math); the plan only counts.
struct FloatMath {
  Floats (*exp)(const Floats&);
  Floats (*log)(const Floats&);
  Floats (*sqrt)(const Floats&);
  Floats (*tan)(const Floats&);
  Floats (*atan)(const Floats&);
  Floats (*pow)(const Floats&, double power);
  Floats (*linspace)(float from, float to, int count);
};

/// By way of double precision: within one unit in the last place of torch's.
const FloatMath& plain_math();

}  // namespace redraw
