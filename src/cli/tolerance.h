// The flags that say what may differ: of compare and replay.
#pragma once

#include <vector>

#include "batch/compare.h"
#include "cli/flags.h"

namespace redraw {

/// Appends --max-difference, --max-changed, --min-psnr, --min-ssim, --max-flip.
void add_tolerance_flags(std::vector<Flag>& flags);
/// What was typed of them; mistakes are appended to line.errors.
Tolerance tolerance_of(CommandLine& line);
/// Without any of them.
bool asks_nothing(const Tolerance& tolerance);

}  // namespace redraw
