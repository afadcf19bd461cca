// Stages: the partial recipes of one file to whole ones, each for the picture of the one before.
#pragma once

#include <string_view>
#include <vector>

#include "redraw/error.h"
#include "redraw/recipe.h"

namespace redraw {

/// One recipe per stage, in order, without stages of its own: the recipe with the stage's settings laid
/// over it, flags over both. A recipe without stages is its only one.
/// The seed of a stage that names none is one more than that of the stage before, as in A1111's loopback.
/// errors: what a stage says wrongly, with its origin.
std::vector<Recipe> stage_recipes(const Recipe& recipe, std::vector<Error>& errors);

/// Errors of the stages alone: unknown keys, wrong values, what belongs to the whole run.
std::vector<Error> check_stages(const Recipe& recipe);

/// `inputs`, `output`, `device` ...: one for all stages.
bool is_of_whole_run(std::string_view key);

}  // namespace redraw
