// Run stages: the stages before the last, each result kept by its content; then the last one.
#pragma once

#include <filesystem>
#include <vector>

#include "batch/run_plan.h"

namespace redraw {

/// ".redraw-stages" beside the results.
std::filesystem::path stage_folder(const Recipe& recipe);

/// `make` for jobs with stages before them: stage by stage over all pictures. Results of earlier stages
/// lie in stage_folder as PNGs named by their content keys, written whole or not at all; what lies there already is
/// not made again. A picture that fails in a stage is left out of the later ones.
std::vector<Result> run_stages(const Recipe& recipe, const Plan& plan, Progress& progress, const StopRule& stops,
                               const Part& make);

}  // namespace redraw
