// Content key: one hash of everything that decides a picture's pixels.
#include "batch/content_key.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "batch/provenance.h"

namespace redraw {
namespace {

using Json = nlohmann::json;  // sorted by key, so that the table's order does not count

constexpr int kSchema = 1;  // to be raised when a default changes, or the meaning of a setting

/// Settings that change where a picture comes from, goes to, or how fast it is made; the sizes stand in the job.
constexpr std::string_view kWithoutPixels[] = {
    "inputs", "recursive", "output", "name", "existing", "model", "vae", "sketch", "width", "height", "scale",
    "seed_mode", "count", "batch", "device", "devices", "threads", "strict", "max_failures", "time_limit"};

bool counts(std::string_view key) {
  return std::find(std::begin(kWithoutPixels), std::end(kWithoutPixels), key) == std::end(kWithoutPixels);
}

Json settings_json(const Job& job) {
  Recipe recipe = job.recipe;
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
