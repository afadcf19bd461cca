// Masks: the mask file of each input, by name.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "redraw/recipe.h"

namespace redraw {

/// Looks a mask up for each input; folders are read once.
class MaskFinder {
 public:
  explicit MaskFinder(const Recipe& recipe);

  /// recipe.mask with {stem} replaced by the input's; in the file name * ? [] may stand for the rest.
  /// Empty if the recipe has no mask.
  /// Errors: kRequest where a pattern matches no file or several (named), kFile where a file without
  /// {stem} is not there.
  std::filesystem::path mask_of(const std::filesystem::path& input);

  /// One mask for all inputs.
  bool is_fixed() const { return !pattern_.empty() && pattern_.find("{stem}") == std::string::npos; }

 private:
  const std::set<std::string>& names_in(const std::filesystem::path& folder);
  std::filesystem::path match(const std::filesystem::path& input);

  std::string pattern_, origin_;
  std::map<std::filesystem::path, std::set<std::string>> names_;
};

}  // namespace redraw
