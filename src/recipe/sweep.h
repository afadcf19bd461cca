// Sweeps: settings that take several values, and the recipes that the product of all makes.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "redraw/error.h"
#include "redraw/recipe.h"

namespace redraw {

/// Key of search and replace: its values are the word and what stands in its place.
constexpr std::string_view kSearchReplace = "prompt_sr";
constexpr std::size_t kMaxCells = 10'000;

struct SweepValue {
  std::string text;  // as the setting takes it
  std::string name;  // in file names: letters that every system takes, unlike the axis's others
};

/// One setting and the values that it takes.
struct SweepAxis {
  std::string title;   // "denoise"; of search and replace: `prompt "lake"`
  std::string name;    // in file names: "denoise", "lake"
  Setting setting;     // key, origin and folder of every value
  std::string search;  // of search and replace: the word; empty: a setting
  std::vector<SweepValue> values;
};

/// "denoise=0.2..0.6 step 0.1", "sampler=euler,heun", "prompt=\"a lake, still\",a sea": key, then values as in a row
/// of CSV; empty: nullopt, no axis. Errors: kRequest.
std::optional<Setting> read_axis(const std::string& text, const std::string& origin);

/// The axes of the recipe, in order, ranges spelled out: "1..4", "0.2..0.6 step 0.1", also downwards, the end with it.
/// A setting that a flag fixes is no axis, unless it is swept by a flag itself.
/// errors: all that is wrong, with its origin: unknown settings and values, those of the whole run, empty and
/// double axes, more than kMaxCells cells.
std::vector<SweepAxis> sweep_axes(const Recipe& recipe, std::vector<Error>& errors);

/// Errors of sweep_axes alone.
std::vector<Error> check_sweep(const Recipe& recipe);

/// One sentence for each axis that a flag fixes.
std::vector<std::string> fixed_axes(const Recipe& recipe);

/// 1 without axes.
std::size_t count_cells(std::span<const SweepAxis> axes);

/// Which value of each axis the cell takes; the first axis runs fastest.
std::vector<std::size_t> places_in_cell(std::span<const SweepAxis> axes, std::size_t cell);

/// "denoise 0.2, seed 7".
std::string cell_label(std::span<const SweepAxis> axes, std::size_t cell);

/// "_denoise-0.2_seed-7"; "_cell-3" where that would be too long.
std::string cell_suffix(std::span<const SweepAxis> axes, std::size_t cell);

/// The recipe with the cell's values, which win over a picture's own settings too. errors: values that do not
/// go together.
Recipe cell_recipe(const Recipe& recipe, std::span<const SweepAxis> axes, std::size_t cell, std::vector<Error>& errors);

/// The recipe as far as drawing seeds goes: what is swept is not drawn, what a cell needs is.
Recipe with_swept_seeds(const Recipe& recipe);

/// Replaces the words of recipe.search_replace in both prompts, as A1111's "Prompt S/R"; then there are none left.
/// returns  the error of a word that stands in neither
std::optional<Error> replace_words(Recipe& recipe);

}  // namespace redraw
