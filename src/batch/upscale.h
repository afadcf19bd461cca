// redraw upscale: pictures through an upscaler alone, row by row into their files.
#pragma once

#include "batch/runner.h"
#include "batch/upscalers.h"

namespace redraw {

/// Name that `redraw upscale` takes where no upscaler is given.
constexpr const char* kDefaultUpscaler = "realesrgan-x4plus";

/// Inputs, names and the exit code as run_recipe. Without a size the network's own factor counts. Alpha goes through
/// the upscaler apart; grey stays grey. Memory: the source, a row of tiles, the rows that Lanczos needs.
int run_upscale(const Recipe& recipe, const RunOptions& options);
int run_upscale_with(const Recipe& recipe, const RunOptions& options, const UpscalerFactory& load);

}  // namespace redraw
