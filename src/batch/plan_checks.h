// Plan checks: what a recipe or a picture cannot be redrawn with, in words.
#pragma once

#include <string>

#include "batch/shard.h"
#include "redraw/job.h"
#include "schedule/steps.h"

namespace redraw {

// Of a recipe, before its pictures. asked: as it was written, with its origins; settled: with nothing left open.
// Errors: kRequest.

/// sigma_min below sigma_max, against the usual levels: the plan opens no model.
void check_limits(const Recipe& asked, const Recipe& settled);
/// How many steps will run: as many as the sampler needs.
StepCount checked_steps(const Recipe& asked, const Recipe& settled);
void check_prompts(const Recipe& asked, const Recipe& settled);
void check_mask_source(const Recipe& asked);
void check_shard(const Recipe& asked, const Shard& shard);
/// Of pictures that are only upscaled.
void check_no_resume(const Recipe& asked);

// Of one picture. Errors: kRequest, kFile.

/// A mask of another size: a note, or an error where its place would not be known, or with strict.
std::string check_mask_size(const Job& job, bool strict);
void check_sketch_size(const Job& job);

}  // namespace redraw
