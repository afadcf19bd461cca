// Stages: the partial recipes of one file to whole ones, each for the picture of the one before.
#include "recipe/stages.h"

#include <algorithm>

#include <fmt/format.h>

#include "recipe/options.h"

namespace redraw {
namespace {

constexpr std::string_view kOfWholeRun[] = {"inputs", "recursive", "output", "name",   "existing", "seed_mode", "count",
                                            "batch",  "device",    "dtype",  "threads", "strict",   "stages", "sweep",
                                            "devices", "determinism", "max_failures", "time_limit"};

bool is_flag(const Recipe& recipe, std::string_view key) {
  const auto origin = recipe.origins.find(std::string(key));
  return origin != recipe.origins.end() && origin->second.starts_with("-");
}

/// What was typed as a flag holds in every stage.
void lay_flags_over(const Recipe& recipe, Recipe& stage) {
  for (const Option& option : options()) {
    const std::string key(option.key);
    if (!is_flag(recipe, key)) continue;
    copy_value(option, recipe, stage);
    stage.origins[key] = recipe.origins.at(key);
  }
}

Error not_of_a_stage(const Setting& setting) {
  return {ErrorKind::kRequest, fmt::format("{} stands in a stage", setting.key), setting.origin,
          "it is one for all stages", "move the line out of the stages, to the left margin"};
}

/// Takes out what a stage may not say.
std::vector<Setting> own_settings(const std::vector<Setting>& stage, std::vector<Error>& errors) {
  std::vector<Setting> own;
  for (const Setting& setting : stage) {
    const Option* option = find_option(setting.key);
    const bool whole = is_of_whole_run(option != nullptr ? option->key : std::string_view(setting.key));
    if (whole) errors.push_back(not_of_a_stage(setting));
    else own.push_back(setting);
  }
  return own;
}

bool gives(const std::vector<Setting>& settings, std::string_view key) {
  return std::any_of(settings.begin(), settings.end(), [&](const Setting& s) { return s.key == key; });
}

Recipe stage_recipe(const Recipe& recipe, std::size_t place, std::vector<Error>& errors) {
  Recipe stage = recipe;
  stage.stages.clear();
  const std::vector<Setting> own = own_settings(recipe.stages[place], errors);
  const std::vector<Error> wrong = apply_settings(stage, own);
  errors.insert(errors.end(), wrong.begin(), wrong.end());
  lay_flags_over(recipe, stage);
  if (recipe.seed >= 0 && (!gives(own, "seed") || is_flag(recipe, "seed")))
    stage.seed = recipe.seed + static_cast<std::int64_t>(place);
  return stage;
}

/// Outside the stages it would enlarge in each of them.
void check_scale(const Recipe& recipe, std::vector<Error>& errors) {
  if (recipe.stages.size() < 2 || !recipe.scale) return;
  const auto origin = recipe.origins.find("scale");
  errors.emplace_back(ErrorKind::kRequest, "scale stands outside the stages",
                      origin == recipe.origins.end() ? "scale" : origin->second,
                      fmt::format("it would be applied {} times", recipe.stages.size()),
                      "put it into the stage that enlarges, or give a size");
}

}  // namespace

bool is_of_whole_run(std::string_view key) {
  return std::find(std::begin(kOfWholeRun), std::end(kOfWholeRun), key) != std::end(kOfWholeRun);
}

std::vector<Recipe> stage_recipes(const Recipe& recipe, std::vector<Error>& errors) {
  if (recipe.stages.empty()) return {recipe};
  check_scale(recipe, errors);
  std::vector<Recipe> stages;
  for (std::size_t i = 0; i < recipe.stages.size(); ++i) stages.push_back(stage_recipe(recipe, i, errors));
  return stages;
}

std::vector<Error> check_stages(const Recipe& recipe) {
  std::vector<Error> errors;
  stage_recipes(recipe, errors);
  return errors;
}

}  // namespace redraw
