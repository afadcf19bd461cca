// Manifest: a table of pictures with settings of their own, as CSV or JSON lines.
#include "recipe/manifest.h"

#include <algorithm>
#include <map>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/csv.h"
#include "base/files.h"
#include "base/text.h"

namespace redraw {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view kPath = "path";
constexpr std::string_view kGroupsOfRun[] = {"Input and output", "Model", "Machine"};
constexpr std::string_view kKeysOfRun[] = {"seed_mode", "count", "prompt_from", "png_info", "styles_file"};
constexpr std::string_view kKeysOfPicture[] = {"clip_skip", "sdxl_clip_l_skip", "sdxl_crop_top", "sdxl_crop_left",
                                               "background"};

template <typename Names>
bool contains(const Names& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

Error request(const std::string& what, const std::string& where, const std::string& why, const std::string& fix) {
  return {ErrorKind::kRequest, what, where, why, fix};
}

Error unknown_column(const std::string& name, const std::string& where) {
  std::vector<std::string_view> names = {kPath};
  for (const Option& option : options())
    if (is_per_picture(option)) names.push_back(option.key);
  const auto nearest = nearest_name(name, names);
  return request(fmt::format("unknown column \"{}\"", name), where,
                 "a column is path, or a setting that one picture can have",
                 nearest ? fmt::format("did you mean {}?", *nearest) : "all settings: redraw list settings");
}

class ManifestReader {
 public:
  ManifestReader(const fs::path& path, std::vector<Error>& errors)
      : path_(path), folder_(path.has_parent_path() ? path.parent_path() : fs::path(".")), errors_(errors) {}

  std::vector<ManifestRow> read() {
    const std::string suffix = to_lower(path_.extension().string());
    if (suffix == ".csv") read_table();
    else if (suffix == ".jsonl" || suffix == ".ndjson") read_lines();
    else
      errors_.push_back(request(fmt::format("the manifest \"{}\" is of no known kind", path_.string()), path_.string(),
                                "a manifest is a CSV table or JSON lines", "end its name in .csv or .jsonl"));
    return std::move(rows_);
  }

 private:
  std::string at(int line) const { return fmt::format("{}:{}", path_.string(), line); }

  /// Checks the column and gives the setting's key; empty: an error, told once for each column.
  std::string key_of(const std::string& column, const std::string& where) {
    const auto [known, fresh] = keys_.try_emplace(column);
    if (!fresh) return known->second;
    const Option* option = find_option(column);
    if (column == kPath) known->second = column;
    else if (option == nullptr) errors_.push_back(unknown_column(column, where));
    else if (!is_per_picture(*option)) errors_.push_back(not_per_picture({std::string(option->key), {}, where, {}}));
    else known->second = option->key;
    return known->second;
  }

  void set(ManifestRow& row, const std::string& column, std::vector<std::string> values, const std::string& where) {
    const std::string key = key_of(column, where);
    if (key.empty()) return;
    if (find_option(key) == nullptr || find_option(key)->kind != TextKind::kPrompt)
      for (std::string& value : values) value = trim(value);
    if (key != kPath) row.settings.push_back({key, std::move(values), fmt::format("{}: {}", where, column), folder_});
    else if (!values.empty() && !values[0].empty()) row.path = (folder_ / values[0]).lexically_normal();
  }

  void add(ManifestRow row) {
    if (row.path.empty())
      return errors_.push_back(request("the row names no picture", row.origin,
                                       "path is the picture that the row is for", "fill path in, or take the row out"));
    const auto [first, fresh] = lines_.emplace(row.path.string(), row.origin);
    if (!fresh)
      return errors_.push_back(request(fmt::format("\"{}\" is named twice", row.path.string()), row.origin,
                                       fmt::format("it is in {} already", first->second), "take one of the rows out"));
    rows_.push_back(std::move(row));
  }

  void read_table() {
    const CsvTable table = read_csv(read_file(path_), path_.string());
    std::map<std::string, int> seen;
    for (const std::string& column : table.columns) {
      if (++seen[trim(column)] == 2)
        errors_.push_back(request(fmt::format("the column \"{}\" is there twice", trim(column)), at(1),
                                  "a column is one setting", "take one of them out"));
      key_of(trim(column), at(1));
    }
    if (!seen.contains(std::string(kPath)))
      return errors_.push_back(request("the manifest has no column path", at(1),
                                       "path is the picture that a row is for", "add it to the first line"));
    for (const CsvRow& line : table.rows) {
      ManifestRow row{{}, at(line.line), {}};
      for (std::size_t i = 0; i < line.fields.size(); ++i)
        if (!line.fields[i].empty()) set(row, trim(table.columns[i]), {line.fields[i]}, row.origin);
      add(std::move(row));
    }
  }

  static std::string text_of(const Json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  void read_object(const Json& object, int line) {
    ManifestRow row{{}, at(line), {}};
    for (const auto& [key, value] : object.items()) {
      std::vector<std::string> values;
      if (value.is_array())
        for (const Json& item : value) values.push_back(text_of(item));
      else values.push_back(text_of(value));
      const bool deep = value.is_object() ||
                        (value.is_array() &&
                         std::any_of(value.begin(), value.end(), [](const Json& v) { return v.is_structured(); }));
      if (deep)
        errors_.push_back(request(fmt::format("{} holds a structure", key), row.origin, "a plain value stands there",
                                  "write a text, a number or true"));
      else if (!value.is_null()) set(row, key, values, row.origin);
    }
    add(std::move(row));
  }

  void read_lines() {
    const std::string text = read_file(path_);
    std::istringstream lines{std::string(without_bom(text))};
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      if (trim(line).empty()) continue;
      const Json object = Json::parse(line, nullptr, false);
      if (object.is_object()) read_object(object, number);
      else
        errors_.push_back(request("the line is no JSON object", at(number),
                                  "each line is an object with path and settings",
                                  "{\"path\": \"a.png\", \"denoise\": 0.4}"));
    }
  }

  fs::path path_, folder_;
  std::vector<Error>& errors_;
  std::map<std::string, std::string> keys_, lines_;
  std::vector<ManifestRow> rows_;
};

}  // namespace

bool is_per_picture(const Option& option) {
  if (contains(kKeysOfPicture, option.key)) return true;
  return !contains(kGroupsOfRun, option.group) && !contains(kKeysOfRun, option.key);
}

Error not_per_picture(const Setting& setting) {
  return request(fmt::format("{} is for the whole run", setting.key), setting.origin,
                 "a single picture cannot have it of its own", "set it in the recipe or as a flag");
}

std::vector<ManifestRow> read_manifest(const fs::path& path, std::vector<Error>& errors) {
  try {
    return ManifestReader(path, errors).read();
  } catch (const Error& error) {
    errors.push_back(error);
    return {};
  }
}

}  // namespace redraw
