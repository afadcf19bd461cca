// What a picture says about how it was made, as settings: for --from and for show --recipe.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "recipe/options.h"

namespace redraw {

struct PictureSettings {
  std::vector<Setting> settings;
  std::vector<std::string> left_over;  // "Key: value" of what redraw has no setting for
};

/// The A1111 text of a PNG, JPEG or WebP. Errors: kFile where there is none.
std::string infotext_in(const std::filesystem::path& path);

/// The settings of infotext_in(path); its model, only where a file of that name is in the model folders.
PictureSettings settings_in(const std::filesystem::path& path);

/// The text `redraw` of a PNG; nullopt where there is none.
std::optional<std::string> chunk_in(const std::filesystem::path& path);

/// A recipe that gives the picture again: from its text `redraw`, else from its infotext, with a
/// comment for what is left over. Errors: as infotext_in, and every setting that is refused.
std::string recipe_in(const std::filesystem::path& path, std::vector<Error>& errors);

}  // namespace redraw
