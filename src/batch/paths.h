// Paths and origins: small questions that the whole room asks.
#pragma once

#include <filesystem>
#include <string>

#include "redraw/recipe.h"

namespace redraw {

/// Absolute, links resolved as far as the path exists.
std::filesystem::path canonical_of(const std::filesystem::path& path);
/// Never throw: what cannot be looked at is not there.
bool is_folder(const std::filesystem::path& path);
bool is_there(const std::filesystem::path& path);

/// Where the setting was given; its key if it is the default.
std::string origin_of(const Recipe& recipe, const std::string& key);

}  // namespace redraw
