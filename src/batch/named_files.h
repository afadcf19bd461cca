// Named files: the files of a folder of LoRAs or embeddings, by the names that a prompt gives them.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "redraw/recipe.h"

namespace redraw {

struct NamedFiles {
  std::multimap<std::string, std::filesystem::path> files;  // by stem, at any depth
  std::vector<std::string> folders;                         // that were looked into
};

/// Where to look and for what.
struct FilesWanted {
  const char* setting;                          // that names the folder
  std::span<const std::string_view>
      defaults;  // below each model folder, where the setting is empty; an earlier one wins
  std::span<const std::string_view> suffixes;   // in lower case
  const char* what;                             // "LoRAs"
};

bool has_suffix(const std::filesystem::path& path, std::span<const std::string_view> suffixes);

/// folder  the value of the setting. Errors: kRequest where it is given and no folder is there.
NamedFiles named_files(const std::string& folder, const FilesWanted& wanted, const Recipe& recipe);

}  // namespace redraw
