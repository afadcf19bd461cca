// Named files: the files of a folder of LoRAs or embeddings, by the names that a prompt gives them.
#include "batch/named_files.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "batch/model_lookup.h"
#include "batch/paths.h"
#include "redraw/error.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

/// All below the folder, in the order of their names.
std::vector<fs::path> files_below(const fs::path& folder, std::span<const std::string_view> suffixes) {
  constexpr auto kOptions =
      fs::directory_options::follow_directory_symlink | fs::directory_options::skip_permission_denied;
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, kOptions, error), end; !error && it != end; it.increment(error))
    if (has_suffix(it->path(), suffixes) && !is_folder(it->path())) files.push_back(it->path());
  std::sort(files.begin(), files.end(),
            [](const fs::path& a, const fs::path& b) { return natural_less(a.string(), b.string()); });
  return files;
}

std::vector<fs::path> folders_of(const std::string& folder, const FilesWanted& wanted, const Recipe& recipe) {
  if (!folder.empty() && !is_folder(folder))
    throw Error(ErrorKind::kRequest, fmt::format("there is no folder \"{}\"", folder),
                origin_of(recipe, wanted.setting),
                fmt::format("{} takes the folder that {} lie in", wanted.setting, wanted.what), "check the path");
  if (!folder.empty()) return {folder};
  std::vector<fs::path> folders;
  for (const fs::path& models : model_folders())
    for (const std::string_view name : wanted.defaults) folders.push_back(models / name);
  return folders;
}

}  // namespace

bool has_suffix(const fs::path& path, std::span<const std::string_view> suffixes) {
  return std::find(suffixes.begin(), suffixes.end(), to_lower(path.extension().string())) != suffixes.end();
}

NamedFiles named_files(const std::string& folder, const FilesWanted& wanted, const Recipe& recipe) {
  NamedFiles named;
  std::vector<fs::path> seen;
  for (const fs::path& one : folders_of(folder, wanted, recipe)) {
    if (!is_folder(one) || std::find(seen.begin(), seen.end(), canonical_of(one)) != seen.end()) continue;
    seen.push_back(canonical_of(one));
    named.folders.push_back(one.string());
    const auto before = named.files;
    for (const fs::path& file : files_below(one, wanted.suffixes))
      if (!before.contains(file.stem().string())) named.files.emplace(file.stem().string(), file);
  }
  return named;
}

}  // namespace redraw
