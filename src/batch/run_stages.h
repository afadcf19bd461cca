// Run stages: the stages before the last, each result kept by its content; then the last one.
#pragma once

#include <filesystem>
#include <vector>

#include "batch/run_plan.h"

namespace redraw {

/// ".redraw-stages" beside the results.
std::filesystem::path stage_folder(const Recipe& recipe);

/// Names the result of a stage: SHA-256 over its settings, seed and sizes and over what its files hold.
/// input     SHA-256 of the first stage's picture, of a later one the key of the stage before
/// upscaler  SHA-256 of its weights; empty: no network
std::string stage_key(const Job& job, const std::string& input, const std::string& model, const std::string& vae,
                      const std::string& upscaler = "");

/// run_plan for jobs with stages before them: stage by stage over all pictures. Results of earlier stages
/// lie in stage_folder as PNGs named by stage_key, written whole or not at all; what lies there already is
/// not made again. A picture that fails in a stage is left out of the later ones.
std::vector<Result> run_stages(const Recipe& recipe, const Plan& plan, const EngineOf& engine_of, Progress& progress,
                               const UpscalerOf& upscaler_of = {});

}  // namespace redraw
