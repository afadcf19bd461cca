// Sweep report: after a sweep, its contact sheets, its table and its page, beside the results.
#pragma once

#include <span>
#include <string>

#include "batch/inputs.h"
#include "batch/plan.h"
#include "batch/progress.h"
#include "batch/sweep_rows.h"

namespace redraw {

/// Adds an error for each of sweep.csv, sweep.html and sweep.png in the output folder that redraw did not write
/// (existing: overwrite replaces those too) or that is an input.
void check_report_files(const Recipe& recipe, std::span<const Input> inputs, Plan& plan);

/// sweep.png (further sheets sweep-2.png ...), sweep.csv and sweep.html in the output folder, each whole or not at all.
/// Sheets that an earlier run made and this one has not are removed. Errors: kFile.
void write_sweep_report(const Recipe& recipe, const Plan& plan, std::span<const Result> results, Progress& progress);

/// The table: cell, input, output, state, the axes, then numbers; RFC 4180. folder: that outputs are named from.
std::string sweep_csv(std::span<const SweepAxis> axes, std::span<const SweepRow> rows,
                      const std::filesystem::path& folder);

}  // namespace redraw
