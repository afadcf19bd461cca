// YAML <-> Recipe, with line and column of every setting.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "recipe/options.h"

namespace redraw {

/// The settings of a recipe file by layers, lowest first: what it extends, then its own. Everything
/// that is not flat YAML, and every key given twice, is appended to errors with file:line:column.
std::vector<std::vector<Setting>> read_recipe(const std::filesystem::path& path,
                                              std::vector<Error>& errors);

/// The recipe as a file that gives it again: what differs from the defaults, one key a line; paths
/// as they are. `all`: defaults too.
std::string write_recipe(const Recipe& recipe, bool all = false);

/// The value as YAML: numbers and names bare, texts in double quotes, lists in brackets.
std::string yaml_value(const Option& option, const Recipe& recipe);

}  // namespace redraw
