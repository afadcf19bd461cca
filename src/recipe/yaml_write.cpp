// Recipe -> YAML.
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "recipe/stages.h"
#include "recipe/sweep.h"
#include "recipe/yaml.h"

namespace redraw {
namespace {

bool is_bare(const Option& option) {
  return !option.choices.empty() || option.kind == TextKind::kSampler ||
         option.kind == TextKind::kScheduler ||
         !std::holds_alternative<std::string Recipe::*>(option.member);
}

std::string quoted(std::string text, const Option& option) {
  if (option.kind == TextKind::kPrompt && text.rfind('@', 0) == 0) text.insert(0, "@");
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// One line for each setting that differs from the other recipe.
std::string lines_of(const Recipe& recipe, const Recipe& other, bool all) {
  std::string text;
  for (const Option& option : options()) {
    if (is_pair(option)) continue;
    const std::string value = yaml_value(option, recipe);
    if (all || value != yaml_value(option, other)) text += fmt::format("{}: {}\n", option.key, value);
  }
  return text;
}

/// The lines as one item of a list.
std::string as_item(const std::string& lines) {
  if (lines.empty()) return "  - {}\n";
  std::string text;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) text += (text.empty() ? "  - " : "    ") + line + "\n";
  return text;
}

/// The axis as its line of `sweep`; an explicit list, whatever it was made of.
std::string axis_line(const Setting& axis) {
  const auto text = [](const std::string& value) {
    return nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  };
  const bool search = axis.key == kSearchReplace && !axis.values.empty();
  std::vector<std::string> values;
  for (std::size_t i = search ? 1 : 0; i < axis.values.size(); ++i) values.push_back(text(axis.values[i]));
  const std::string list = fmt::format("[{}]", fmt::join(values, ", "));
  return search ? fmt::format("  prompt: {{{}: {}}}\n", text(axis.values[0]), list)
                : fmt::format("  {}: {}\n", axis.key, list);
}

}  // namespace

std::string yaml_value(const Option& option, const Recipe& recipe) {
  if (const auto* list = std::get_if<std::vector<std::string> Recipe::*>(&option.member)) {
    std::vector<std::string> items;
    for (const std::string& item : recipe.**list) items.push_back(quoted(item, option));
    return fmt::format("[{}]", fmt::join(items, ", "));
  }
  const auto text = text_of(option, recipe);
  if (!text) return "null";
  return is_bare(option) ? *text : quoted(*text, option);
}

std::string write_recipe(const Recipe& recipe, bool all) {
  std::string text = lines_of(recipe, Recipe{}, all);
  std::vector<Error> ignored;  // of settings that were applied before
  if (!recipe.stages.empty()) text += "stages:\n";
  if (!recipe.stages.empty())
    for (const Recipe& stage : stage_recipes(recipe, ignored)) text += as_item(lines_of(stage, recipe, false));
  if (!recipe.sweep.empty()) text += "sweep:\n";
  for (const Setting& axis : recipe.sweep) text += axis_line(axis);
  return text;
}

}  // namespace redraw
