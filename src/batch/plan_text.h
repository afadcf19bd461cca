// Plan text: the plan for --dry-run, as lines or JSON.
#pragma once

#include <string>

#include "batch/plan.h"

namespace redraw {

/// A block per result: names, sizes, crop region (masks are read for it), steps, seed; then counts.
/// Crop regions of unreadable masks say why.
std::string plan_as_text(const Recipe& recipe, const Plan& plan);
std::string plan_as_json(const Recipe& recipe, const Plan& plan);

}  // namespace redraw
