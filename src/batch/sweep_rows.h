// Sweep rows: what became of each cell, read from the results, the ledger and the files.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "batch/compare.h"
#include "batch/plan.h"
#include "redraw/result.h"

namespace redraw {

enum class CellState { kMade, kFailed, kMissing };
/// "made", "failed", "not made".
const char* name_of(CellState state);

/// One cell of one picture.
struct SweepRow {
  const SweepResult* planned = nullptr;
  CellState state = CellState::kMissing;
  std::string why;  // of a failure
  std::int64_t seed = 0;
  std::optional<double> seconds;   // of model time, as the ledger says
  Size size;                       // of the picture; {0, 0}: there is none
  std::optional<Metrics> metrics;  // against the input at this size
};

/// One for each of plan.cells, in their order. Cells of an earlier run count where this plan skips them.
std::vector<SweepRow> sweep_rows(const Plan& plan, std::span<const Result> results);

/// Reads the picture of a row, sets its size and metrics; a picture that cannot be read makes the row a failure.
/// input    RGB, at its own size; empty: no metrics
/// returns  the picture as RGB, at most `side` px wide and high; empty where there is none
Image measure_row(SweepRow& row, const Image& input, int side);

/// The picture, no larger than side x side; smaller ones stay as they are.
Image fitted(const Image& image, int side);

}  // namespace redraw
