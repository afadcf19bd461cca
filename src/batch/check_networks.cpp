// Check networks: LoRAs and embeddings that a recipe's prompts name, looked up without any picture.
#include "batch/check_networks.h"

#include <optional>
#include <set>
#include <string>

#include "batch/embeddings.h"
#include "batch/loras.h"
#include "batch/model_lookup.h"
#include "batch/picture_settings.h"
#include "recipe/stages.h"
#include "recipe/sweep.h"

namespace redraw {
namespace {

std::optional<std::filesystem::path> model_of(const Recipe& recipe) {
  try {
    return find_model(recipe);
  } catch (const Error&) {
    return std::nullopt;
  }
}

void check_stage(Recipe stage, std::vector<Error>& errors) {
  const auto attempt = [&](auto f) {
    try {
      f();
    } catch (const Error& error) {
      errors.push_back(error);
    }
  };
  attempt([&] { PictureSettings(stage, errors).finish_prompts(stage); });
  attempt([&] { LoraFinder(stage).loras_of(stage.prompt); });
  if (const auto model = model_of(stage)) attempt([&] { EmbeddingFinder(stage, *model).embeddings_of(stage); });
}

/// Cells that name other prompts, LoRAs or models.
std::vector<Recipe> cell_recipes(const Recipe& recipe, std::vector<Error>& errors) {
  const std::vector<SweepAxis> axes = sweep_axes(recipe, errors);
  std::vector<Recipe> cells;
  std::set<std::string> seen;
  for (std::size_t cell = 0; errors.empty() && cell < count_cells(axes); ++cell) {
    Recipe own = cell_recipe(recipe, axes, cell, errors);
    replace_words(own);  // a prompt may come as a flag yet
    std::string key = own.prompt + "\n" + own.negative_prompt + "\n" + own.model;
    for (const std::string& name : own.loras) key += "\n" + name;
    for (const std::string& name : own.styles) key += "\n" + name;
    if (seen.insert(key).second) cells.push_back(std::move(own));
  }
  return cells;
}

}  // namespace

std::vector<Error> check_networks(const Recipe& recipe) {
  std::vector<Error> errors;
  const auto recipes = recipe.sweep.empty() ? stage_recipes(recipe, errors) : cell_recipes(recipe, errors);
  for (const Recipe& one : recipes) check_stage(one, errors);
  return errors;
}

}  // namespace redraw
