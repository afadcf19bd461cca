// The main job: plans every picture of a recipe, runs them, reports and counts.
#pragma once

#include <chrono>
#include <string>

#include "batch/shard.h"
#include "redraw/recipe.h"

namespace redraw {

/// How a run shows itself; nothing here changes a pixel.
struct RunOptions {
  bool dry_run = false;   // print the plan, load no model
  bool json = false;      // plan or summary as JSON on stdout
  bool quiet = false;     // only errors on stderr
  bool progress = true;   // progress lines on stderr (a bar where it is a terminal)
  std::string events = {};  // JSON lines to this file; "-": stdout; empty: none
  Shard shard = {};       // the part of the pictures that is this process's
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();  // time_limit counts from here
};

/// Returns the exit code (0 all written, 1 some failed). Errors: what stops everything.
int run_recipe(const Recipe& recipe, const RunOptions& options);

}  // namespace redraw
