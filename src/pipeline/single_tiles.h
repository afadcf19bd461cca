// Single tiles: a picture cut into tiles that are redrawn as pictures of their own and joined in pixels.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "pipeline/tile_plan.h"
#include "redraw/engine.h"

namespace redraw {

using OnStep = std::function<void(int step, int of)>;
using RunTasks = std::function<std::vector<Generated>(std::span<const EngineTask> tasks, const OnStep& on_step)>;

/// One result for each task. Tile k of a picture, row by row from 0, is redrawn with the picture's seed + k and its
/// part of picture and mask; its variation seed is the picture's. on_step counts the steps of all calls.
///
/// tasks     of one work_size, none of them cropped or inpainted softly
/// per_call  tiles in one call of `run`, of one picture or several
/// source    A1111 1.10 scripts/sd_upscale.py at batch size 1, images.split_grid and combine_grid
std::vector<Generated> single_tiles(std::span<const EngineTask> tasks, const TilePlan& plan, int per_call,
                                    const RunTasks& run, const OnStep& on_step);

}  // namespace redraw
