// Check networks: LoRAs and embeddings that a recipe's prompts name, looked up without any picture.
#include "batch/check_networks.h"

#include <optional>

#include "batch/embeddings.h"
#include "batch/loras.h"
#include "batch/model_lookup.h"
#include "batch/picture_settings.h"
#include "recipe/stages.h"

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

}  // namespace

std::vector<Error> check_networks(const Recipe& recipe) {
  std::vector<Error> errors;
  for (const Recipe& stage : stage_recipes(recipe, errors)) check_stage(stage, errors);
  return errors;
}

}  // namespace redraw
