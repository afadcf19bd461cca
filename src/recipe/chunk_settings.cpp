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

}  // namespace

std::vector<Setting> settings_of_chunk(const std::string& chunk, const std::string& origin) {
  Json json = parse_chunk(chunk, origin);
  Json& recipe = json.at("recipe");
  if (const Json input = inside(json, "input", "path"); input.is_string()) recipe["inputs"] = Json::array({input});
  if (const Json seed = inside(json, "job", "seed"); seed.is_number_integer()) recipe["seed"] = seed;
  recipe["count"] = 1;
  recipe["recursive"] = false;
  std::vector<Setting> settings;
  for (const auto& [key, value] : recipe.items()) settings.push_back(setting_of(key, value, origin));
  return settings;
}

}  // namespace redraw
