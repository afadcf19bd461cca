// Sweeps: settings that take several values, and the recipes that the product of all makes.
#include "recipe/sweep.h"

#include <fmt/format.h>

#include "recipe/manifest.h"
#include "recipe/options.h"
#include "recipe/sweep_axes.h"

namespace redraw {
namespace {

constexpr std::size_t kLongestSuffix = 150;  // bytes

bool replace_all(std::string& text, const std::string& word, const std::string& other) {
  bool found = false;
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += other.size()) {
    text.replace(at, word.size(), other);
    found = true;
  }
  return found;
}

}  // namespace

std::size_t count_cells(std::span<const SweepAxis> axes) {
  std::size_t cells = 1;
  for (const SweepAxis& axis : axes) cells *= axis.values.size();
  return cells;
}

std::vector<std::size_t> places_in_cell(std::span<const SweepAxis> axes, std::size_t cell) {
  std::vector<std::size_t> places;
  for (const SweepAxis& axis : axes) {
    places.push_back(cell % axis.values.size());
    cell /= axis.values.size();
  }
  return places;
}

std::string cell_label(std::span<const SweepAxis> axes, std::size_t cell) {
  const auto places = places_in_cell(axes, cell);
  std::string text;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::string& value = axes[i].values[places[i]].text;
    text += i == 0 ? "" : ", ";
    text += axes[i].search.empty() ? fmt::format("{} {}", axes[i].title, value)
                                   : fmt::format("{} -> {}", axes[i].search, value);
  }
  return text;
}

std::string cell_suffix(std::span<const SweepAxis> axes, std::size_t cell) {
  const auto places = places_in_cell(axes, cell);
  std::string text;
  for (std::size_t i = 0; i < axes.size(); ++i)
    text += fmt::format("_{}-{}", axes[i].name, axes[i].values[places[i]].name);
  return text.size() > kLongestSuffix ? fmt::format("_cell-{}", cell + 1) : text;
}

Recipe cell_recipe(const Recipe& recipe, std::span<const SweepAxis> axes, std::size_t cell,
                   std::vector<Error>& errors) {
  Recipe own = recipe;
  own.sweep.clear();
  const auto places = places_in_cell(axes, cell);
  std::vector<Setting> settings;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const SweepValue& value = axes[i].values[places[i]];
    if (axes[i].search.empty()) settings.push_back(value_setting(axes[i], value));
    else own.search_replace.push_back({axes[i].title, {axes[i].search, value.text}, axes[i].setting.origin, {}});
  }
  for (const Setting& setting : settings)
    if (is_per_picture(*find_option(setting.key))) own.flags.push_back(setting);
  for (Error& error : apply_settings(own, std::move(settings))) errors.push_back(std::move(error));
  return own;
}

Recipe with_swept_seeds(const Recipe& recipe) {
  Recipe seeds = recipe;
  for (const Setting& axis : recipe.sweep) {
    if (is_fixed_by_flag(recipe, axis)) continue;
    if (axis.key == "seed") seeds.seed = 0;
    if (axis.key == "variation_seed") seeds.variation_seed = 0;
    if (axis.key == "variation_strength") seeds.variation_strength = 1;
  }
  return seeds;
}

std::optional<Error> replace_words(Recipe& recipe) {
  std::optional<Error> missing;
  for (const Setting& pair : recipe.search_replace) {
    const bool in_prompt = replace_all(recipe.prompt, pair.values[0], pair.values[1]);
    const bool in_negative = replace_all(recipe.negative_prompt, pair.values[0], pair.values[1]);
    if (!in_prompt && !in_negative)
      missing = Error(ErrorKind::kRequest, fmt::format("the sweep does not find \"{}\" in the prompts", pair.values[0]),
                      pair.origin,
                      fmt::format("prompt \"{}\", negative prompt \"{}\"", recipe.prompt, recipe.negative_prompt),
                      "search for a word that stands there; capitals count");
  }
  recipe.search_replace.clear();
  return missing;
}

}  // namespace redraw
