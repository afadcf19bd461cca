// Workers: one process for each device over one shared plan.
#pragma once

#include <vector>

#include "batch/run_plan.h"

namespace redraw {

/// run_plan with a forked worker for each of recipe.devices; each loads its own engine and takes the next
/// batch when it has done one. A worker that dies fails the pictures that it had in its hands; the others'
/// and the rest go on. Must be called before this process has started threads or loaded an engine.
/// Errors: what keeps an engine from loading.
std::vector<Result> run_workers(const Recipe& recipe, const Plan& plan, Progress& progress, StopRule& stops,
                                const Factories& make);

}  // namespace redraw
