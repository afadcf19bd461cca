// Content key: one hash of everything that decides a picture's pixels.
#include "batch/content_key.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "batch/provenance.h"
#include "batch/upscalers.h"
#include "recipe/stages.h"

namespace redraw {
namespace {

using Json = nlohmann::json;  // sorted by key, so that the table's order does not count

constexpr int kSchema = 1;  // to be raised when a default changes, or the meaning of a setting

/// Settings whose files count by their hashes, and sizes, which stand in the job.
constexpr std::string_view kCountedElsewhere[] = {"model",  "vae",   "sketch",   "width",
                                                  "height", "scale", "lora_dir", "embeddings_dir"};

/// Settings that make pixels; of those of the whole run only how numbers are counted.
bool counts(std::string_view key) {
  const auto end = std::end(kCountedElsewhere);
  return key == "dtype" || key == "determinism" ||
         (!is_of_whole_run(key) && std::find(std::begin(kCountedElsewhere), end, key) == end);
}

Json settings_json(const Job& job) {
  Recipe recipe = job.recipe;
  if (!upscaler_weights(recipe).empty()) recipe.upscaler = "file";
  if (!job.mask_path.empty()) recipe.mask = "file";  // which one: its hash says
  if (recipe.variation_strength == 0) recipe.variation_seed = Recipe{}.variation_seed;  // counts on, and does nothing
  const auto asked = recipe_json(recipe), defaults = recipe_json(Recipe{});
  Json json = Json::object();
  for (const auto& [key, value] : asked.items())
    if (counts(key) && value != defaults.at(key)) json[key] = value;
  return json;
}

}  // namespace

std::string content_key(const Job& job, const ContentHashes& hashes) {
  const auto size = [](Size s) { return Json{s.width, s.height}; };
  Json json = {{"schema", kSchema}, {"settings", settings_json(job)}, {"seed", job.seed},
               {"target_size", size(job.target_size)}, {"work_size", size(job.work_size)},
               {"steps", {job.steps_run, job.steps_total}}, {"input", hashes.input}, {"mask", hashes.mask},
               {"sketch", hashes.sketch}, {"model", hashes.model}, {"vae", hashes.vae}, {"others", hashes.others}};
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return sha256_of_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace redraw
