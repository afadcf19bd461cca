// Leftovers: the temporary files of a run that was killed while it wrote.
#pragma once

#include "batch/plan.h"

namespace redraw {

/// Removes the temporary files beside the plan's outputs, of processes that no longer live. Returns how many.
std::size_t remove_leftovers(const Plan& plan);

}  // namespace redraw
