// Sweep sheets: the cells of one picture as a table of two axes, and that table drawn.
#include "batch/sweep_sheet.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "image/composite.h"
#include "image/draw.h"

namespace redraw {
namespace {

constexpr Rgb kGround{24, 24, 27}, kText{235, 235, 235}, kFailed{96, 24, 24}, kMissing{60, 60, 64};
constexpr int kMargin = 12, kGap = 6, kMostSide = 256, kLeastSide = 24, kLeastBox = 96, kMostLabel = 220;  // px
constexpr double kMostPixels = 40e6;  // of a sheet's pictures

constexpr std::size_t kMostPlaces = 64;  // columns or rows of a sheet

/// Sheets in order: input, variant, place in the further axes, part of the rows, part of the columns.
using SheetKey = std::tuple<std::size_t, int, std::size_t, std::size_t, std::size_t>;

/// Where a cell stands.
struct Place {
  std::size_t column, line, further;
};

Place place_of(std::span<const SweepAxis> axes, std::size_t cell) {
  const std::size_t columns = axes.empty() ? 1 : axes[0].values.size(),
                    lines = axes.size() > 1 ? axes[1].values.size() : 1;
  return {cell % columns, cell / columns % lines, cell / (columns * lines)};
}

std::string value_label(const SweepAxis& axis, std::size_t place) {
  const std::string& text = axis.values[place].text;
  return axis.search.empty() ? fmt::format("{} {}", axis.title, text) : fmt::format("{} -> {}", axis.search, text);
}

std::string title_of(std::span<const SweepAxis> axes, const SweepRow& row, int variants) {
  std::string title = row.planned->input.filename().string();
  if (variants > 1) title += fmt::format(", variant {}", row.planned->variant + 1);
  const auto places = places_in_cell(axes, row.planned->cell);
  for (std::size_t i = 2; i < axes.size(); ++i) title += ", " + value_label(axes[i], places[i]);
  return title;
}

/// The labels of one part of an axis; one empty text where there is no such axis.
std::vector<std::string> labels_of(std::span<const SweepAxis> axes, std::size_t axis, std::size_t part) {
  if (axis >= axes.size()) return {""};
  std::vector<std::string> labels;
  const std::size_t end = std::min(axes[axis].values.size(), (part + 1) * kMostPlaces);
  for (std::size_t i = part * kMostPlaces; i < end; ++i) labels.push_back(value_label(axes[axis], i));
  return labels;
}

SweepSheet empty_sheet(std::span<const SweepAxis> axes, const SweepRow& row, int variants) {
  const Place place = place_of(axes, row.planned->cell);
  SweepSheet sheet;
  sheet.input = row.planned->input;
  sheet.title = title_of(axes, row, variants);
  sheet.columns = labels_of(axes, 0, place.column / kMostPlaces);
  sheet.lines = labels_of(axes, 1, place.line / kMostPlaces);
  sheet.cells.resize(sheet.columns.size() * sheet.lines.size());
  return sheet;
}

/// Where everything lies.
struct Layout {
  Size box;                                 // of a cell
  std::vector<std::string> columns, lines;  // wrapped
  int label_width = 0, head_y = 0, head = 0, width = 0;
  std::vector<int> tops;  // of the rows
  int height = 0;
  std::string title;
};

Layout layout_of(const SweepSheet& sheet, std::span<const Image> pictures) {
  Layout l;
  l.box = {kLeastBox, kLeastSide};
  for (const Image& picture : pictures)
    l.box = {std::max(l.box.width, picture.width), std::max(l.box.height, picture.height)};
  for (const std::string& line : sheet.lines)
    l.label_width = std::max(l.label_width, std::min(kMostLabel, text_width(line)));
  if (l.label_width > 0) l.label_width += kMargin;
  l.width = 2 * kMargin + l.label_width + static_cast<int>(sheet.columns.size()) * (l.box.width + kGap) - kGap;
  l.title = wrap_text(sheet.title, l.width - 2 * kMargin);
  l.head_y = kMargin + count_lines(l.title) * kTextLine + kGap;
  for (const std::string& column : sheet.columns)
    l.head = std::max(l.head, count_lines(l.columns.emplace_back(wrap_text(column, l.box.width))) * kTextLine);
  int y = l.head_y + l.head;
  for (const std::string& line : sheet.lines) {
    l.tops.push_back(y);
    l.lines.push_back(l.label_width > 0 ? wrap_text(line, l.label_width - kMargin) : "");
    y += std::max(l.box.height, count_lines(l.lines.back()) * kTextLine) + kGap;
  }
  l.height = y - kGap + kMargin;
  return l;
}

void draw_cell(Image& image, const Rect& box, const SweepRow* row, const Image& picture) {
  if (!picture.empty())
    return paste(image, picture, box.x1 + (box.width() - picture.width) / 2,
                 box.y1 + (box.height() - picture.height) / 2);
  const CellState state = row == nullptr ? CellState::kMissing : row->state;
  fill_rect(image, box, state == CellState::kFailed ? kFailed : kMissing);
  draw_lines(image, box.x1 + kGap, box.y1 + kGap / 2, name_of(state), kText);
}

}  // namespace

std::vector<SweepSheet> sweep_sheets(std::span<const SweepAxis> axes, std::span<SweepRow> rows, int variants) {
  std::map<std::filesystem::path, std::size_t> inputs;
  std::map<SheetKey, SweepSheet> sheets;
  for (SweepRow& row : rows) {
    const std::size_t input = inputs.emplace(row.planned->input, inputs.size()).first->second;
    const Place place = place_of(axes, row.planned->cell);
    const SheetKey key{input, row.planned->variant, place.further, place.line / kMostPlaces,
                       place.column / kMostPlaces};
    auto sheet = sheets.find(key);
    if (sheet == sheets.end()) sheet = sheets.emplace(key, empty_sheet(axes, row, variants)).first;
    sheet->second.cells[place.line % kMostPlaces * sheet->second.columns.size() + place.column % kMostPlaces] = &row;
  }
  std::vector<SweepSheet> list;
  for (auto& [key, sheet] : sheets) list.push_back(std::move(sheet));
  return list;
}

int side_in_sheet(const SweepSheet& sheet) {
  const double side = std::sqrt(kMostPixels / static_cast<double>(std::max<std::size_t>(1, sheet.cells.size())));
  return static_cast<int>(std::clamp(side, static_cast<double>(kLeastSide), static_cast<double>(kMostSide)));
}

Image draw_sheet(const SweepSheet& sheet, std::span<const Image> pictures) {
  const Layout l = layout_of(sheet, pictures);
  Image image(l.width, l.height, 3);
  fill_rect(image, {0, 0, l.width, l.height}, kGround);
  draw_lines(image, kMargin, kMargin, l.title, kText);
  const int left = kMargin + l.label_width;
  const auto column_x = [&](std::size_t column) { return left + static_cast<int>(column) * (l.box.width + kGap); };
  for (std::size_t column = 0; column < l.columns.size(); ++column)
    draw_lines(image, column_x(column), l.head_y, l.columns[column], kText);
  for (std::size_t i = 0; i < sheet.cells.size(); ++i) {
    const std::size_t line = i / l.columns.size();
    const int x = column_x(i % l.columns.size()), y = l.tops[line];
    if (x == left) draw_lines(image, kMargin, y, l.lines[line], kText);
    draw_cell(image, {x, y, x + l.box.width, y + l.box.height}, sheet.cells[i], pictures[i]);
  }
  return image;
}

}  // namespace redraw
