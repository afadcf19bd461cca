// Sweep page: one static HTML file with all cells as a grid and two of them compared under a slider.
#include "batch/sweep_page.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "base/text.h"
#include "batch/sweep_page_parts.h"
#include "image/png.h"

namespace redraw {
namespace {

/// Safe between tags and in double quotes.
std::string html(std::string_view text) {
  std::string safe;
  for (const char c : printable(text)) {
    if (c == '&') safe += "&amp;";
    else if (c == '<') safe += "&lt;";
    else if (c == '>') safe += "&gt;";
    else if (c == '"') safe += "&quot;";
    else if (c == '\'') safe += "&#39;";
    else safe += c;
  }
  return safe;
}

/// A relative link; "./" keeps a colon in it from being a scheme.
std::string link(const std::filesystem::path& path) {
  std::string text = "./";
  for (const char c : path.generic_string()) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain =
        byte < 0x80 && (std::isalnum(byte) != 0 || std::string_view("-._~/").find(c) != std::string_view::npos);
    text += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return text;
}

std::string base64(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < count ? bytes[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k) text += k <= count ? kLetters[bits >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

std::string numbers_of(const SweepRow& row) {
  std::string text = fmt::format("seed {}", row.seed);
  if (row.seconds) text += fmt::format(", {:.2f} s", *row.seconds);
  if (!row.metrics) return text;
  const Metrics& m = *row.metrics;
  text += std::isinf(m.difference.psnr) ? ", as the input" : fmt::format(", PSNR {:.2f} dB", m.difference.psnr);
  if (m.ssim) text += fmt::format(", SSIM {:.4f}", *m.ssim);
  return text + fmt::format(", FLIP {:.4f}", m.flip);
}

std::string picture_html(const std::string& source, const std::string& label, const std::string& caption) {
  return fmt::format(
      "<button class=\"cell\" type=\"button\" data-label=\"{}\"><img loading=\"lazy\" src=\"{}\" "
      "alt=\"{}\"><span>{}</span></button>",
      html(label), source, html(label), html(caption));
}

std::string input_html(const SweepSheet& sheet, const Image& input) {
  if (input.empty()) return "";
  return picture_html("data:image/png;base64," + base64(encode_png(input, {})),
                      "input " + sheet.input.filename().string(), "input");
}

std::string heads_html(const SweepSheet& sheet, const Image& input) {
  std::string text = "<tr><td>" + input_html(sheet, input) + "</td>";
  for (const std::string& column : sheet.columns) text += "<th scope=\"col\">" + html(column) + "</th>";
  return text + "</tr>\n";
}

std::size_t count_of(std::span<const SweepRow> rows, CellState state) {
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [&](const SweepRow& row) { return row.state == state; }));
}

std::string axis_html(const SweepAxis& axis) {
  std::string values;
  for (const SweepValue& value : axis.values) values += (values.empty() ? "" : " | ") + value.text;
  return fmt::format("<li>{}: {}</li>\n", html(axis.title), html(values));
}

}  // namespace

std::string SweepPage::cell_html(const SweepSheet& sheet, std::size_t place) const {
  const SweepRow* row = sheet.cells[place];
  const std::size_t columns = sheet.columns.size();
  const std::string column = sheet.columns[place % columns], line = sheet.lines[place / columns];
  const std::string label = sheet.title + ": " + column + (line.empty() ? "" : ", " + line);
  if (row != nullptr && row->state == CellState::kMade)
    return "<td>" + picture_html(link(row->planned->output.lexically_relative(folder_)), label, numbers_of(*row)) +
           "</td>";
  const CellState state = row == nullptr ? CellState::kMissing : row->state;
  return fmt::format("<td class=\"{}\"><p>{}</p><p>{}</p></td>", state == CellState::kFailed ? "failed" : "missing",
                     name_of(state), row == nullptr ? "" : html(row->why));
}

void SweepPage::add(const SweepSheet& sheet, const Image& input, const std::string& file) {
  sheets_ +=
      fmt::format("<section>\n<h2>{}</h2>\n<p><a href=\"{}\">contact sheet</a></p>\n<div class=\"scroll\"><table>\n",
                  html(sheet.title), link(file));
  sheets_ += heads_html(sheet, input);
  for (std::size_t line = 0; line < sheet.lines.size(); ++line) {
    sheets_ += "<tr><th scope=\"row\">" + html(sheet.lines[line]) + "</th>";
    for (std::size_t column = 0; column < sheet.columns.size(); ++column)
      sheets_ += cell_html(sheet, line * sheet.columns.size() + column);
    sheets_ += "</tr>\n";
  }
  sheets_ += "</table></div>\n</section>\n";
}

std::string SweepPage::text(std::span<const SweepAxis> axes, std::span<const SweepRow> rows) const {
  std::string lists;
  for (const SweepAxis& axis : axes) lists += axis_html(axis);
  const std::string head = fmt::format(
      "<p>{} made, {} failed, {} not made. <a href=\"./sweep.csv\">Table</a></p>\n<ul>\n{}</ul>\n",
      count_of(rows, CellState::kMade), count_of(rows, CellState::kFailed), count_of(rows, CellState::kMissing), lists);
  return fmt::format("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n{}\n", kPageMark) +
         std::string(kPageHead) + head + sheets_ + std::string(kPageEnd);
}

}  // namespace redraw
