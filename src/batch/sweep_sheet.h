// Sweep sheets: the cells of one picture as a table of two axes, and that table drawn.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "batch/sweep_rows.h"

namespace redraw {

/// The first axis makes the columns, the second the rows; each value of the further axes has a sheet of its own, and
/// tables of more than 64 columns or rows are cut.
struct SweepSheet {
  std::filesystem::path input;
  std::string title;                 // the input's name and the further axes' values
  std::vector<std::string> columns;  // "denoise 0.2"
  std::vector<std::string> lines;    // names of the rows; one empty text where there is one axis
  std::vector<SweepRow*> cells;      // row by row; nullptr: no result of this place
};

/// In the order of the inputs, then of the further axes.
std::vector<SweepSheet> sweep_sheets(std::span<const SweepAxis> axes, std::span<SweepRow> rows, int variants);

/// Longest side of a picture in the sheet, px: smaller where there are many.
int side_in_sheet(const SweepSheet& sheet);

/// RGB, with titles and the values; a cell without picture says what it is.
/// pictures  of the cells, as fitted() makes them; empty ones are failures, or were not made
Image draw_sheet(const SweepSheet& sheet, std::span<const Image> pictures);

}  // namespace redraw
