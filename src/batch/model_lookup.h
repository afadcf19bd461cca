// Model lookup: a path or a name to a checkpoint file.
#pragma once

#include <filesystem>
#include <vector>

#include "redraw/recipe.h"

namespace redraw {

/// Folders that names are looked up in, in this order: those of $REDRAW_MODELS, ./models, the models
/// of the source checkout and of the installation that the program belongs to, the user's data folder.
std::vector<std::filesystem::path> model_folders();

/// recipe.model as a path, or as a name with or without .safetensors or .ckpt; empty: "demo".
/// Errors: kModel naming the folders.
std::filesystem::path find_model(const Recipe& recipe);

}  // namespace redraw
