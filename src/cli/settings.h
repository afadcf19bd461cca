// The table of settings as text: for --help, as a recipe with every default, as a reference.
#pragma once

#include <string>

namespace redraw {

/// Groups of flags, 98 columns wide.
std::string settings_as_help();
/// A recipe with every setting commented out: configs/default.yaml.
std::string settings_as_yaml();
/// A table for each group: docs/RECIPE.md.
std::string settings_as_markdown();

/// One line of help: the left column, then the text beside it, wrapped.
std::string help_entry(const std::string& left, const std::string& text);

}  // namespace redraw
