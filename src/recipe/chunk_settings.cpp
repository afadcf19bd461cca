// The `redraw` chunk of a PNG -> the settings that give this one picture again.
#include "recipe/chunk_settings.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "recipe/infotext_settings.h"

namespace redraw {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& value, const std::string& key) {
  if (!value.is_string()) return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  const Option* option = find_option(key);
  const bool is_prompt = option != nullptr && option->kind == TextKind::kPrompt;
  return is_prompt ? escape_prompt(value.get<std::string>()) : value.get<std::string>();
}

Setting setting_of(const std::string& key, const Json& value, const std::string& origin) {
  Setting setting{key, {}, fmt::format("{}: {}", origin, key), {}};
  if (value.is_array())
    for (const Json& item : value) setting.values.push_back(text_of(item, key));
  else if (!value.is_null())
    setting.values.push_back(text_of(value, key));
  return setting;
}

Json parse_chunk(const std::string& chunk, const std::string& origin) {
  const Json json = Json::parse(chunk, nullptr, false);
  const bool known = json.is_object() && json.contains("schema") && json.at("schema") == 1;
  if (!known || !json.contains("recipe") || !json.at("recipe").is_object())
    throw Error(ErrorKind::kFile, fmt::format("the text \"redraw\" in \"{}\" cannot be read", origin), origin,
                "it is no JSON of schema 1 with a recipe", "the text of A1111's kind: redraw show, without --recipe");
  return json;
}

/// json[outer][inner], null where it is not there.
Json inside(const Json& json, const char* outer, const char* inner) {
  if (!json.contains(outer) || !json.at(outer).is_object()) return {};
  return json.at(outer).value(inner, Json());
}

/// The recipe of one stage with what was its own of the run.
Json recipe_of(const Json& stage) {
  Json recipe = stage.at("recipe");
  if (const Json input = inside(stage, "input", "path"); input.is_string()) recipe["inputs"] = Json::array({input});
  if (const Json seed = inside(stage, "job", "seed"); seed.is_number_integer()) recipe["seed"] = seed;
  recipe["count"] = 1;
  recipe["recursive"] = false;
  return recipe;
}

/// Of every stage in order; one where there are none. All begin with the first one's picture.
std::vector<Json> recipes_of(const Json& json) {
  std::vector<Json> recipes;
  const Json earlier = json.value("stages", Json::array());
  for (const Json& stage : earlier)
    if (stage.is_object() && stage.contains("recipe") && stage.at("recipe").is_object())
      recipes.push_back(recipe_of(stage));
  recipes.push_back(recipe_of(json));
  for (Json& recipe : recipes)
    if (recipes[0].contains("inputs")) recipe["inputs"] = recipes[0].at("inputs");
  return recipes;
}

/// Moves out of the stages what they share; seeds that count on from stage to stage are shared too.
Json take_common(std::vector<Json>& stages) {
  Json common = Json::object();
  const Json first = stages[0];
  for (const auto& [key, value] : first.items()) {
    bool shared = true;
    for (std::size_t i = 0; i < stages.size(); ++i) {
      Json expected = value;
      if (key == "seed" && value.is_number_integer())
        expected = value.get<std::int64_t>() + static_cast<std::int64_t>(i);
      shared = shared && stages[i].contains(key) && stages[i].at(key) == expected;
    }
    if (!shared && key != "seed") continue;
    common[key] = value;
    if (shared)
      for (Json& stage : stages) stage.erase(key);
  }
  return common;
}

std::vector<Setting> settings_of(const Json& recipe, const std::string& origin) {
  std::vector<Setting> settings;
  for (const auto& [key, value] : recipe.items()) settings.push_back(setting_of(key, value, origin));
  return settings;
}

}  // namespace

std::vector<Setting> settings_of_chunk(const std::string& chunk, const std::string& origin) {
  const Json json = parse_chunk(chunk, origin);
  std::vector<Json> stages = recipes_of(json);
  const Json common = take_common(stages);
  std::vector<Setting> settings = settings_of(common, origin);
  if (stages.size() < 2) return settings;
  Setting setting{"stages", {}, origin + ": stages", {}};
  for (const Json& stage : stages) setting.parts.push_back(settings_of(stage, origin));
  settings.push_back(setting);
  return settings;
}

}  // namespace redraw
