// Styles: named pieces of prompts out of A1111's styles.csv.
#include "recipe/styles.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/csv.h"
#include "base/files.h"
#include "base/text.h"
#include "prompt/comments.h"
#include "redraw/error.h"

namespace redraw {
namespace {

std::size_t column_of(const CsvTable& table, std::string_view name) {
  return static_cast<std::size_t>(std::find(table.columns.begin(), table.columns.end(), name) - table.columns.begin());
}

std::string field_of(const CsvRow& row, std::size_t column) {
  return column < row.fields.size() ? row.fields[column] : "";
}

Error unknown_style(std::span<const Style> styles, const std::string& name, const std::string& where) {
  std::vector<std::string_view> names;
  for (const Style& style : styles) names.push_back(style.name);
  const auto nearest = nearest_name(name, names);
  return {ErrorKind::kRequest, fmt::format("unknown style \"{}\"", name), where,
          names.empty() ? "the styles file holds none" : fmt::format("the styles are: {}", fmt::join(names, ", ")),
          nearest ? fmt::format("did you mean \"{}\"?", *nearest) : "take one of them, or name another styles_file"};
}

}  // namespace

std::vector<Style> read_styles(const std::filesystem::path& path) {
  const CsvTable table = read_csv(read_file(path), path.string());
  const std::size_t name = column_of(table, "name"), negative = column_of(table, "negative_prompt");
  std::size_t prompt = column_of(table, "prompt");
  if (prompt == table.columns.size()) prompt = column_of(table, "text");
  if (name == table.columns.size() || prompt == table.columns.size())
    throw Error(ErrorKind::kRequest, fmt::format("\"{}\" is no styles file", path.string()), path.string(),
                "its first line names no columns name and prompt", "begin it with name,prompt,negative_prompt");
  std::vector<Style> styles;
  for (const CsvRow& row : table.rows)
    if (!row.fields[name].starts_with('#'))
      styles.push_back({row.fields[name], row.fields[prompt], field_of(row, negative)});
  return styles;
}

void apply_styles(std::span<const Style> styles, std::span<const std::string> names, const std::string& where,
                  std::string& prompt, std::string& negative_prompt) {
  for (const std::string& name : names) {
    const auto style = std::find_if(styles.begin(), styles.end(), [&](const Style& s) { return s.name == name; });
    if (style == styles.end()) throw unknown_style(styles, name, where);
    prompt = apply_style(style->prompt, prompt);
    negative_prompt = apply_style(style->negative_prompt, negative_prompt);
  }
}

}  // namespace redraw
