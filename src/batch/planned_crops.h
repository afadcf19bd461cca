// Planned crops: the regions that only_masked will redraw, before anything runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "batch/plan.h"

namespace redraw {

struct PlannedCrop {
  std::optional<Rect> region;
  std::string why_not;  // empty mask, unreadable file; empty: region is set, or the job needs none
};

/// One for each job. Masks are read for it, on all cores; a picture only where its mask is made of it.
std::vector<PlannedCrop> planned_crops(const Plan& plan);

}  // namespace redraw
