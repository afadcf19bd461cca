// Masks: the mask file of each input, by name.
#include "batch/masks.h"

#include <fnmatch.h>

#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "batch/paths.h"
#include "image/read.h"
#include "redraw/error.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kStem = "{stem}";

std::string replace_stem(std::string text, const std::string& stem) {
  for (std::size_t at = 0; (at = text.find(kStem, at)) != std::string::npos; at += stem.size())
    text.replace(at, kStem.size(), stem);
  return text;
}

/// So that a stem such as "a[1]" stands for itself.
std::string escaped(const std::string& stem) {
  std::string text;
  for (const char c : stem) {
    if (c == '*' || c == '?' || c == '[' || c == ']' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

}  // namespace

MaskFinder::MaskFinder(std::string kind, std::string pattern, std::string origin)
    : kind_(std::move(kind)),
      pattern_(std::move(pattern)),
      origin_(std::move(origin)),
      is_folder_(redraw::is_folder(pattern_)) {}

const std::set<std::string>& MaskFinder::names_in(const fs::path& folder) {
  const auto [entry, fresh] = names_.try_emplace(folder);
  if (!fresh) return entry->second;
  std::error_code ignored;
  for (const auto& file : fs::directory_iterator(folder.empty() ? fs::path(".") : folder, ignored))
    entry->second.insert(file.path().filename().string());
  return entry->second;
}

fs::path MaskFinder::match(const fs::path& input) {
  const std::string stem = input.stem().string();
  const fs::path whole = pattern_;
  const fs::path folder = replace_stem(whole.parent_path().string(), stem);
  const std::string name = whole.filename().string();
  const std::string pattern = replace_stem(name, escaped(stem));
  const std::string prefix = replace_stem(name.substr(0, name.find_first_of("*?[")), stem);
  const std::set<std::string>& names = names_in(folder);
  std::vector<std::string> found;
  for (auto file = names.lower_bound(prefix); file != names.end() && file->starts_with(prefix); ++file)
    if (::fnmatch(pattern.c_str(), file->c_str(), 0) == 0) found.push_back((folder / *file).string());
  if (found.size() == 1) return found[0];
  throw Error(ErrorKind::kRequest,
              found.empty() ? fmt::format("no {} for \"{}\"", kind_, input.string())
                            : fmt::format("{} files are the {} of \"{}\"", found.size(), kind_, input.string()),
              origin_,
              found.empty() ? fmt::format("nothing is called \"{}\"", (folder / pattern).string())
                            : fmt::format("\"{}\" matches {}", (folder / pattern).string(), fmt::join(found, ", ")),
              "the pattern must fit exactly one file for each picture");
}

fs::path MaskFinder::match_in_folder(const fs::path& input) {
  std::vector<std::string> pictures, found;
  for (const std::string& name : names_in(pattern_))
    if (has_picture_suffix(name)) pictures.push_back(name);
  for (const std::string& name : pictures)
    if (pictures.size() == 1 || fs::path(name).stem() == input.stem()) found.push_back(name);
  if (found.size() == 1) return fs::path(pattern_) / found[0];
  throw Error(ErrorKind::kRequest,
              found.empty() ? fmt::format("no {} for \"{}\"", kind_, input.string())
                            : fmt::format("{} files are the {} of \"{}\"", found.size(), kind_, input.string()),
              origin_,
              found.empty() ? fmt::format("the folder \"{}\" holds no picture of this name", pattern_)
                            : fmt::format("\"{}\" holds {}", pattern_, fmt::join(found, ", ")),
              "put one picture of the input's name into the folder");
}

fs::path MaskFinder::mask_of(const fs::path& input) {
  if (pattern_.empty()) return {};
  if (is_folder_) return match_in_folder(input);
  if (!is_fixed()) return match(input);
  if (is_there(pattern_)) return pattern_;
  throw Error(ErrorKind::kFile, fmt::format("there is no {} \"{}\"", kind_, pattern_), origin_,
              fmt::format("a {} is a picture file, a folder, or a pattern with {{stem}}{}", kind_,
                          kind_ == "mask" ? ", or one of alpha, sketch, color:#rrggbb" : ""),
              "check the name");
}

}  // namespace redraw
