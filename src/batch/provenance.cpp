// Provenance: what a result's PNG says about how it was made.
#include "batch/provenance.h"

#include <algorithm>
#include <type_traits>

#include <nlohmann/json.hpp>

#include "recipe/infotext.h"
#include "recipe/options.h"

namespace redraw {
namespace {

using Json = nlohmann::ordered_json;

/// A member as JSON; enums by name.
struct ValueOf {
  const Option& option;
  const Recipe& recipe;
  Json operator()(BlurPair) const { return {}; }
  Json operator()(SizePair) const { return {}; }
  template <typename T>
  Json operator()(T SoftInpainting::*m) const { return recipe.soft.*m; }
  template <typename T>
  Json operator()(std::optional<T> Recipe::*m) const { return recipe.*m ? Json(*(recipe.*m)) : Json(); }
  template <typename T>
  Json operator()(T Recipe::*m) const {
    if constexpr (std::is_enum_v<T>) return text_of(option, recipe).value_or("");
    else return recipe.*m;
  }
};

Json size_json(Size size) { return {size.width, size.height}; }

Json job_json(const Job& job) {
  return {
      {"seed", job.seed}, {"variation_seed", job.variation_seed}, {"source_size", size_json(job.source_size)},
      {"target_size", size_json(job.target_size)}, {"work_size", size_json(job.work_size)},
      {"steps_run", job.steps_run}, {"steps_total", job.steps_total}};
}

Json file_json(const std::filesystem::path& path, const std::string& sha256) {
  return {{"path", path.string()}, {"sha256", sha256}};
}

Json model_json(const Job& job, const ModelInfo& model) {
  Json json = file_json(job.recipe.model, model.model_sha256);
  json["name"] = model.model_name;
  json["family"] = model.family;
  json["prediction"] = model.prediction;
  return json;
}

Json lora_json(const UsedNetwork& network) {
  Json json = file_json(network.path, network.sha256);
  json["name"] = network.name;
  json["layers"] = network.total;
  json["layers_matched"] = network.matched;
  return json;
}

/// Each once, though two encoders or prompts use it.
Json embeddings_json(const std::vector<UsedNetwork>& networks) {
  Json all = Json::array();
  for (const UsedNetwork& network : networks) {
    Json json = file_json(network.path, network.sha256);
    json["name"] = network.name;
    json["vectors"] = network.total;
    if (network.kind == "embedding" && std::find(all.begin(), all.end(), json) == all.end())
      all.push_back(std::move(json));
  }
  return all;
}

/// The chunk of the picture before, as the last of its own stages.
Json stages_of(const std::string& before) {
  Json last = Json::parse(before);
  Json stages = last.value("stages", Json::array());
  last.erase("stages");
  stages.push_back(std::move(last));
  return stages;
}

}  // namespace

Json recipe_json(const Recipe& recipe) {
  Json json = Json::object();
  for (const Option& option : options()) {
    if (!is_pair(option)) json[std::string(option.key)] = std::visit(ValueOf{option, recipe}, option.member);
  }
  return json;
}

std::vector<TextChunk> text_chunks(const Job& asked, const Job& done, const ModelInfo& model, const SourceFacts& facts,
                                   const SkippedUncond& skipped, const std::string& key,
                                   std::int64_t changed_outside_mask) {
  Json json = {{"schema", 1}, {"version", REDRAW_VERSION}, {"key", key}};
  json["recipe"] = recipe_json(asked.recipe);
  json["job"] = job_json(asked);
  json["input"] = file_json(asked.input_path, facts.input_sha256);
  if (!asked.mask_path.empty()) json["mask"] = file_json(asked.mask_path, facts.mask_sha256);
  if (!asked.sketch_path.empty()) json["sketch"] = file_json(asked.sketch_path, facts.sketch_sha256);
  json["model"] = model_json(asked, model);
  if (!asked.recipe.vae.empty()) json["vae"] = file_json(asked.recipe.vae, model.vae_sha256);
  if (!facts.upscaler.empty()) json["upscaler"] = file_json(facts.upscaler, facts.upscaler_sha256);
  for (const UsedNetwork& network : facts.networks)
    if (network.kind == "lora") json["loras"].push_back(lora_json(network));
  if (Json embeddings = embeddings_json(facts.networks); !embeddings.empty())
    json["embeddings"] = std::move(embeddings);
  json["device"] = model.device;
  json["dtype"] = model.dtype;
  json["vae_dtype"] = model.vae_dtype;
  json["determinism"] = asked.recipe.determinism == Determinism::kBitwise ? "bitwise" : "standard";
  if (!facts.notes.empty()) json["notes"] = facts.notes;
  json["changed_outside_mask"] = changed_outside_mask;
  if (facts.seam_ratio) json["seam_ratio"] = *facts.seam_ratio;
  if (!facts.parent.empty()) json["parent"] = facts.parent;
  if (!facts.before.empty()) json["stages"] = stages_of(facts.before);
  return {{"parameters", infotext_of(done, model, facts.networks, skipped)},
          {"redraw", json.dump(-1, ' ', false, Json::error_handler_t::replace)}};
}

}  // namespace redraw
