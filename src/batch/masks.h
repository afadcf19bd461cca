// Masks: the mask file of each input, by name.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "redraw/recipe.h"

namespace redraw {

/// Looks the mask (or sketch) of each input up; folders are read once.
class MaskFinder {
 public:
  /// kind     "mask" or "sketch", for errors
  /// pattern  a file, a folder, or a name with {stem}; empty: nothing is looked up
  MaskFinder(std::string kind, std::string pattern, std::string origin);

  /// The pattern with {stem} replaced by the input's; in the file name * ? [] may stand for the rest.
  /// Empty if there is no pattern.
  /// Errors: kRequest where a pattern matches no file or several (named), kFile where a file without
  /// {stem} is not there.
  std::filesystem::path mask_of(const std::filesystem::path& input);

  /// A folder, as A1111's batch takes it: its one file is for all inputs, of several the one of the input's stem.
  bool is_folder() const { return is_folder_; }
  /// One mask for all inputs.
  bool is_fixed() const { return !pattern_.empty() && pattern_.find("{stem}") == std::string::npos && !is_folder_; }

 private:
  const std::set<std::string>& names_in(const std::filesystem::path& folder);
  std::filesystem::path match_in_folder(const std::filesystem::path& input);
  std::filesystem::path match(const std::filesystem::path& input);

  std::string kind_, pattern_, origin_;
  bool is_folder_;
  std::map<std::filesystem::path, std::set<std::string>> names_;
};

}  // namespace redraw
