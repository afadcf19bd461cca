// Planned crops: the regions that only_masked will redraw, before anything runs.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "batch/plan.h"

namespace redraw {

struct PlannedCrop {
  std::optional<Rect> region;
  std::string why_not;  // empty mask, unreadable file; empty: region is set, or the job needs none
};

using PlannedCrops = std::map<const Job*, PlannedCrop>;

/// One for each job, and for each of the stages before it. Masks are read for it, on all cores; a picture only where
/// its mask is made of it.
PlannedCrops planned_crops(const Plan& plan);

}  // namespace redraw
