// Manifest: a table of pictures with settings of their own, as CSV or JSON lines.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "recipe/options.h"

namespace redraw {

struct ManifestRow {
  std::filesystem::path path;     // of the picture; a relative one starts from the manifest's folder
  std::string origin;             // "list.csv:3"
  std::vector<Setting> settings;  // what the row sets
};

/// .csv: a head line of column names, then a row for each picture; an empty field sets nothing. .jsonl or
/// .ndjson: an object in each line; null sets nothing. `path` names the picture, everything else is a setting
/// by key or alias that a single picture can have.
/// Wrong rows are appended to errors, all of them: unknown columns, a row without path, a picture named twice.
std::vector<ManifestRow> read_manifest(const std::filesystem::path& path, std::vector<Error>& errors);

/// A setting that holds for one picture: prompts, size, mask and sampling, but nothing of the whole run, such as
/// files, model, machine or count.
bool is_per_picture(const Option& option);

/// Refuses a setting that no picture can have of its own.
Error not_per_picture(const Setting& setting);

}  // namespace redraw
