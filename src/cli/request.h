// The main job as typed: recipe files and flags become one Recipe.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "batch/runner.h"
#include "redraw/error.h"
#include "redraw/recipe.h"

namespace redraw {

struct Request {
  Recipe recipe;
  RunOptions run;
  std::string log_level = "warn";
  std::string log_file;  // empty: none
  bool help = false;
  bool version = false;
  std::vector<Error> errors;  // of recipes and flags, in the order of reading
  std::vector<std::string> notes;  // what --from left over
};

Request read_request(const std::vector<std::string>& args);

/// Lays a recipe file (and what it extends) over the recipe. Returns how many settings it gave.
int lay_over(Recipe& recipe, const std::filesystem::path& path, std::vector<Error>& errors);

/// The flags that are no settings, for --help.
std::string run_flags_as_help();

}  // namespace redraw
