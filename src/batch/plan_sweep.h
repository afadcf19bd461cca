// Plan a sweep: one plan per cell, joined so that the cells of one model run together.
#pragma once

#include <functional>

#include "batch/plan.h"

namespace redraw {

using CellPlanner = std::function<Plan(const Recipe&)>;

/// The jobs of all cells: each named by its values behind the recipe's pattern, those that share an engine side by
/// side; errors, notes and pictures that fail in every cell are told once. `axes` and `cells` are filled. recipe  with
/// its seeds drawn: all cells share them
Plan plan_sweep(const Recipe& recipe, const CellPlanner& plan_cell);

}  // namespace redraw
