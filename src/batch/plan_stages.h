// Plan stages: one plan per stage, joined so that each picture's jobs make a chain.
#pragma once

#include <filesystem>
#include <functional>
#include <map>

#include "batch/plan.h"

namespace redraw {

/// Where a stage stands between the others.
struct StagePlace {
  int stage = 0;
  bool last = true;  // its results are placed in the output folder
  std::map<std::filesystem::path, Size> sizes = {};  // of a later stage: its pictures, by their input
};

using StagePlanner = std::function<Plan(const Recipe&, const StagePlace&)>;

/// The last stage's plan, its jobs with the stages before them; errors and notes of all. A seed that is
/// to be drawn is drawn once, for all stages.
Plan plan_stages(const Recipe& recipe, const StagePlanner& plan_stage);

}  // namespace redraw
