// Outputs: where each result goes, and the collisions that are found before anything runs.
#pragma once

#include <span>
#include <vector>

#include "batch/plan.h"

namespace redraw {

/// What names the result of plan.jobs[i].
struct OutputRequest {
  const Input* input = nullptr;
  std::size_t index = 1;  // in the run
  int variant = 1;
};

/// Errors: kFile if the output folder, or the nearest one above it that exists, cannot be written
/// to; kRequest for a file of another kind than .png.
void check_output_folder(const Recipe& recipe);

/// Where the results go: recipe.output, or the folder of the one file that it names.
std::filesystem::path output_folder(const Recipe& recipe);

/// With the folders above it; empty: the current one. Errors: kFile.
void make_folder(const std::filesystem::path& folder);

/// Sets output_path of every job. Names that two jobs share, results that are an input, a mask or a sketch and, by
/// recipe.existing, files that are there already become errors; `skip` moves the job to plan.skipped,
/// `rename` takes the first free of "-1", "-2" ...
void place_outputs(const Recipe& recipe, std::span<const Input> inputs,
                   std::span<const OutputRequest> requests, Plan& plan);

}  // namespace redraw
