// Sweep page: one static HTML file with all cells as a grid and two of them compared under a slider.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "batch/sweep_sheet.h"

namespace redraw {

/// What every page begins with, so that it is known again.
constexpr const char* kPageMark = "<meta name=\"generator\" content=\"redraw sweep\">";

/// Builds the page sheet by sheet. It links to the pictures beside it and to nothing else; inputs are inside.
class SweepPage {
 public:
  /// folder  of the page
  explicit SweepPage(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// input  RGB, as it is embedded; empty: the picture cannot be read
  /// file   the drawn sheet, in the folder
  void add(const SweepSheet& sheet, const Image& input, const std::string& file);

  /// The whole page. rows: of all sheets, for the numbers at its head.
  std::string text(std::span<const SweepAxis> axes, std::span<const SweepRow> rows) const;

 private:
  std::string cell_html(const SweepSheet& sheet, std::size_t place) const;

  std::filesystem::path folder_;
  std::string sheets_;
};

}  // namespace redraw
