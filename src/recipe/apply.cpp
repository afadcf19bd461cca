// A layer of settings -> the members of the Recipe.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "recipe/options.h"
#include "recipe/read_value.h"
#include "recipe/stages.h"
#include "recipe/sweep.h"

namespace redraw {
namespace {

/// Puts one typed value into the member of its row.
struct Assign {
  const Option& option;
  const Setting& setting;
  Recipe& recipe;

  std::string value() const {
    if (setting.values.size() == 1) return setting.values[0];
    if (setting.values.empty() && !is_text())
      throw Error(ErrorKind::kRequest, fmt::format("{} has no value", option.key), setting.origin,
                  fmt::format("{} takes: {}", option.key, values_of(option)), default_fix(option));
    if (setting.values.empty()) return "";
    throw Error(ErrorKind::kRequest, fmt::format("{} holds a list: [{}]", option.key, fmt::join(setting.values, ", ")),
                setting.origin, fmt::format("{} takes one value: {}", option.key, values_of(option)),
                is_text() ? "put a text that begins with [ in quotes" : "keep one of them");
  }
  bool is_text() const { return std::holds_alternative<std::string Recipe::*>(option.member); }
  double number(bool whole) const { return read_number(option, setting, value(), whole); }

  void operator()(std::string Recipe::*m) const { recipe.*m = read_text(option, setting, value(), recipe); }
  void operator()(bool Recipe::*m) const { recipe.*m = read_flag(option, setting, value()); }
  void operator()(int Recipe::*m) const { recipe.*m = static_cast<int>(number(true)); }
  void operator()(std::int64_t Recipe::*m) const { recipe.*m = static_cast<std::int64_t>(number(true)); }
  void operator()(double Recipe::*m) const { recipe.*m = number(false); }
  void operator()(double SoftInpainting::*m) const { recipe.soft.*m = number(false); }
  void operator()(std::optional<int> Recipe::*m) const {
    recipe.*m = setting.values.empty() ? std::nullopt : std::optional(static_cast<int>(number(true)));
  }
  void operator()(std::optional<double> Recipe::*m) const {
    recipe.*m = setting.values.empty() ? std::nullopt : std::optional(number(false));
  }
  void operator()(std::vector<std::string> Recipe::*m) const {
    (recipe.*m).clear();
    for (const std::string& text : setting.values)
      (recipe.*m).push_back(read_text(option, setting, text, recipe));
  }
  void operator()(BlurPair pair) const {
    recipe.*pair.x = recipe.*pair.y = static_cast<int>(number(true));
    recipe.origins["mask_blur_x"] = recipe.origins["mask_blur_y"] = setting.origin;
  }
  void operator()(SizePair pair) const {
    const std::string prefix = option.key == "size" ? "" : std::string(option.key) + "_";
    recipe.origins[prefix + "width"] = recipe.origins[prefix + "height"] = setting.origin;
    recipe.*pair.width = recipe.*pair.height = std::nullopt;
    if (setting.values.empty()) return;
    const std::string text = to_lower(value());
    const std::size_t x = text.find('x');
    if (x == std::string::npos) reject(option, setting, value());
    const auto side = [&](const std::string& part) {
      const auto whole = parse_integer(trim(part));
      if (!whole || static_cast<double>(*whole) < option.min || static_cast<double>(*whole) > option.max)
        reject(option, setting, value());
      return static_cast<int>(*whole);
    };
    recipe.*pair.width = side(text.substr(0, x));
    recipe.*pair.height = side(text.substr(x + 1));
  }
  template <typename E>
  void operator()(E Recipe::*m) const {
    recipe.*m = static_cast<E>(choice_index(option, setting, value()));
  }
};

/// "soft_inpainting_bias" is meant for the settings of soft_inpainting: all of them; empty where there is no such
/// group.
std::string group_fix(const std::string& key) {
  std::vector<std::string_view> names;
  for (const Option& option : options()) {
    if (!std::holds_alternative<bool Recipe::*>(option.member) || !key.starts_with(std::string(option.key) + "_"))
      continue;
    for (const Option& other : options())
      if (other.key.starts_with(std::string(option.key) + "_")) names.push_back(other.key);
  }
  return names.empty() ? "" : fmt::format("take one of {}", fmt::join(names, ", "));
}

Error unknown_key(const Setting& setting) {
  std::vector<std::string_view> keys = option_keys();
  keys.insert(keys.end(), {"extends", "stages", "sweep"});
  const std::string group = group_fix(setting.key);
  auto nearest = nearest_name(setting.key, keys);
  if (nearest && !group.empty() && setting.key.starts_with(*nearest)) nearest.reset();  // the group itself
  if (!nearest && !group.empty())
    return {ErrorKind::kRequest, fmt::format("unknown setting \"{}\"", setting.key), setting.origin,
            "no setting has this name", group};
  return {ErrorKind::kRequest, fmt::format("unknown setting \"{}\"", setting.key), setting.origin,
          "no setting has this name",
          (nearest ? fmt::format("did you mean {}? ", *nearest) : std::string()) +
              "(all names: redraw list settings)"};
}

bool sets_size(const Setting& s) { return s.key == "size" || s.key == "width" || s.key == "height"; }
bool sets_scale(const Setting& s) { return s.key == "scale"; }

/// A layer that names a size drops the scale of the layer below it, and the other way round.
void drop_overruled(Recipe& recipe, const std::vector<Setting>& settings) {
  const bool size = std::any_of(settings.begin(), settings.end(), sets_size);
  const bool scale = std::any_of(settings.begin(), settings.end(), sets_scale);
  if (size && !scale) recipe.scale.reset();
  if (scale && !size) recipe.width = recipe.height = std::nullopt;
}

/// The sets that make no sense together, where this layer has made them so.
void check_together(const Recipe& recipe, const std::vector<Setting>& settings, std::vector<Error>& errors) {
  if (!recipe.scale || (!recipe.width && !recipe.height)) return;
  if (std::none_of(settings.begin(), settings.end(), sets_scale)) return;
  errors.emplace_back(ErrorKind::kRequest, "scale and a size are both given",
                      recipe.origins.at("scale"), "each of them decides the size of the result",
                      "keep either scale, or width and height");
}

}  // namespace

std::vector<Error> apply_settings(Recipe& recipe, std::vector<Setting> settings) {
  std::vector<Error> errors;
  drop_overruled(recipe, settings);
  // The sampler comes last: a scheduler in its name wins, as in A1111. Pairs come before their halves.
  const auto rank = [](const Setting& s) {
    return s.key == "sampler" ? 2 : s.key == "size" || s.key == "seed_resize" || s.key == "mask_blur" ? 0 : 1;
  };
  std::stable_sort(settings.begin(), settings.end(),
                   [&](const Setting& a, const Setting& b) { return rank(a) < rank(b); });
  bool has_stages = false, has_sweep = false;
  for (const Setting& setting : settings) {
    const Option* option = find_option(setting.key);
    if (setting.key == "stages") {
      recipe.stages = setting.parts;
      recipe.origins["stages"] = setting.origin;
      has_stages = true;
      continue;
    }
    if (setting.key == "sweep") {
      recipe.sweep = setting.parts.empty() ? std::vector<Setting>() : setting.parts[0];
      recipe.origins["sweep"] = setting.origin;
      has_sweep = true;
      continue;
    }
    if (option == nullptr) {
      errors.push_back(unknown_key(setting));
      continue;
    }
    try {
      std::visit(Assign{*option, setting, recipe}, option->member);
      recipe.origins[std::string(option->key)] = setting.origin;
    } catch (const Error& error) {
      errors.push_back(error);
    }
  }
  check_together(recipe, settings, errors);
  if (has_stages)
    for (const Error& error : check_stages(recipe)) errors.push_back(error);
  if (has_sweep)
    for (const Error& error : check_sweep(recipe)) errors.push_back(error);
  return errors;
}

}  // namespace redraw
