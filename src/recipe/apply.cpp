// Values as typed -> members of the Recipe: types, ranges, names, paths.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"
#include "recipe/limits.h"
#include "prompt/extra_networks.h"
#include "recipe/options.h"
#include "recipe/stages.h"
#include "recipe/sweep.h"
#include "schedule/samplers.h"
#include "schedule/schedulers.h"

namespace redraw {
namespace {

using K = TextKind;

std::string default_fix(const Option& option) {
  if (std::holds_alternative<SizePair>(option.member)) return fmt::format("for example {}: 512x512", option.key);
  const auto value = text_of(option, Recipe{});
  if (option.kind == K::kColor)  // a bare # begins a comment in YAML
    return fmt::format("the default is {}: \"{}\", in quotes where it stands in a recipe", option.key, *value);
  return value && !value->empty() ? fmt::format("the default is {}: {}", option.key, *value)
                                  : fmt::format("leave {} out", option.key);
}

[[noreturn]] void reject(const Option& option, const Setting& setting, const std::string& value) {
  throw Error(ErrorKind::kRequest, fmt::format("{} cannot be \"{}\"", option.key, value), setting.origin,
              fmt::format("{} takes: {}", option.key, values_of(option)), default_fix(option));
}

/// Every name that the setting takes: names, labels, and for a sampler also "DPM++ 2M Karras".
std::vector<std::string> all_names(const Option& option) {
  std::vector<std::string> names;
  for (const Choice& choice : choices_of(option)) {
    names.emplace_back(choice.name);
    if (choice.label.empty()) continue;
    names.emplace_back(choice.label);
    if (option.kind != K::kSampler) continue;
    for (const SchedulerRow& scheduler : schedulers())
      names.push_back(fmt::format("{} {}", choice.label, scheduler.label));
  }
  return names;
}

/// Unknown name: the nearest one, by name or label.
[[noreturn]] void reject_name(const Option& option, const Setting& setting, const std::string& value) {
  const std::vector<std::string> names = all_names(option);
  const auto nearest = nearest_name(value, std::vector<std::string_view>(names.begin(), names.end()));
  std::string fix = nearest ? fmt::format("did you mean \"{}\"?", *nearest) : default_fix(option);
  if (option.kind == K::kSampler || option.kind == K::kScheduler)
    fix += fmt::format(" (all names: redraw list {}s)", option.key);
  throw Error(ErrorKind::kRequest, fmt::format("unknown {} \"{}\"", option.key, value), setting.origin,
              fmt::format("{} is one of: {}", option.key, values_of(option)), fix);
}

std::size_t choice_index(const Option& option, const Setting& setting, const std::string& value) {
  const std::string wanted = to_lower(value);
  for (std::size_t i = 0; i < option.choices.size(); ++i)
    if (!wanted.empty() && (wanted == option.choices[i].name || wanted == to_lower(option.choices[i].label)))
      return i;
  reject_name(option, setting, value);
}

/// "clips/a.png" of the recipe's folder; "-" and "@list.txt" keep their sign.
std::string resolve_path(const std::string& value, const std::filesystem::path& folder) {
  if (value.empty() || value == "-" || folder.empty()) return value;
  if (value[0] == '@') return "@" + resolve_path(value.substr(1), folder);
  return (folder / value).lexically_normal().string();
}

/// A name stays a name; what has a folder or lies beside the recipe is a path.
std::string resolve_model(const std::string& value, const std::filesystem::path& folder) {
  std::error_code ignored;
  const bool is_path = value.find('/') != std::string::npos ||
                       (!value.empty() && std::filesystem::exists(folder / value, ignored));
  return is_path ? resolve_path(value, folder) : value;
}

/// "alpha", "sketch" and "color:..." are no paths (table: canvas/mask_sources).
bool names_mask_source(const std::string& value) {
  return value == "alpha" || value == "sketch" || value.starts_with("color:");
}

/// NAME[:WEIGHT[:UNET_WEIGHT]]; a NAME that is a path is one from the recipe's folder.
std::string read_lora(const Setting& setting, const std::string& value) {
  try {
    const LoraRequest request = lora_request(lora_setting(value));
    return resolve_model(request.name, setting.folder) + value.substr(std::min(value.find(':'), value.size()));
  } catch (const Error& error) {
    throw Error(error.kind(), error.what(), setting.origin, error.why(),
                "for example ink:0.8, or ink:0.5:0.8 for text and UNet");
  }
}

std::string read_prompt(const Setting& setting, const std::string& value) {
  if (value.rfind("@@", 0) == 0) return value.substr(1);
  if (value.rfind('@', 0) != 0) return value;
  try {
    std::string text = read_file(resolve_path(value.substr(1), setting.folder));
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return text;
  } catch (const Error& error) {
    throw Error(error.kind(), error.what(), setting.origin, error.why(),
                "correct the path after @ (write @@ for a prompt that begins with @)");
  }
}

bool is_color(const std::string& value) {
  return value.size() == 7 && value[0] == '#' &&
         value.find_first_not_of("0123456789abcdefABCDEF", 1) == std::string::npos;
}

bool is_device(const std::string& value) {
  return value == "auto" || (is_device_name(value) && value.size() < 9);
}

std::string without_blanks(std::string_view label) {
  std::string text(label);
  std::erase(text, ' ');
  return text;
}

/// "DPM++ 2M Karras", in old infotexts also "Euler SGMUniform": the scheduler is cut off the end, as A1111's
/// get_sampler_and_scheduler does.
std::string read_sampler(const Option& option, const Setting& setting, const std::string& value,
                         Recipe& recipe) {
  if (const SamplerRow* row = find_sampler(value)) return std::string(row->name);
  for (const SchedulerRow& scheduler : schedulers())
    for (const std::string& suffix :
         {std::string(scheduler.label), std::string(scheduler.name), without_blanks(scheduler.label)}) {
      if (value.size() <= suffix.size() + 1) continue;
      const std::size_t cut = value.size() - suffix.size() - 1;
      const SamplerRow* row = find_sampler(value.substr(0, cut));
      if (row == nullptr || value[cut] != ' ') continue;
      if (to_lower(value.substr(cut + 1)) != to_lower(suffix)) continue;
      recipe.scheduler = scheduler.name;
      recipe.origins["scheduler"] = setting.origin;
      return std::string(row->name);
    }
  reject_name(option, setting, value);
}

/// min <= number <= max; integers only where whole is true.
double read_number(const Option& option, const Setting& setting, const std::string& value, bool whole) {
  const auto number = parse_number(value);
  if (!number || *number < option.min || *number > option.max || (whole && !parse_integer(value)))
    reject(option, setting, value);
  return *number;
}

/// "auto", "off" or a number; a bare off is a word of YAML too, and 0 is off.
std::string read_tile(const Option& option, const Setting& setting, const std::string& value) {
  const std::string word = to_lower(value);
  if (word == "auto" || word == "off") return word;
  if (word == "false" || word == "no" || word == "0") return "off";
  return fmt::format("{}", read_number(option, setting, value, true));
}

std::string read_text(const Option& option, const Setting& setting, const std::string& value,
                      Recipe& recipe) {
  switch (option.kind) {
    case K::kPlain: return value;
    case K::kPath: return resolve_path(value, setting.folder);
    case K::kMask: return names_mask_source(value) ? value : resolve_path(value, setting.folder);
    case K::kPathOrName: return resolve_model(value, setting.folder);
    case K::kPrompt: return read_prompt(setting, value);
    case K::kSampler: return read_sampler(option, setting, value, recipe);
    case K::kScheduler:
      if (const SchedulerRow* row = find_scheduler(value)) return std::string(row->name);
      reject_name(option, setting, value);
    case K::kColor: return is_color(value) ? value : (reject(option, setting, value), "");
    case K::kDevice: return is_device(value) ? value : (reject(option, setting, value), "");
    case K::kDevices: return value.empty() || parse_devices(value) ? value : (reject(option, setting, value), "");
    case K::kFailures:
      return value.empty() || parse_failure_limit(value) ? value : (reject(option, setting, value), "");
    case K::kDuration: return value.empty() || parse_duration(value) ? value : (reject(option, setting, value), "");
    case K::kTile: return read_tile(option, setting, value);
    case K::kLora: return read_lora(setting, value);
    case K::kDtype: return std::string(option.choices[choice_index(option, setting, value)].name);
  }
  return value;
}

bool read_flag(const Option& option, const Setting& setting, const std::string& value) {
  const std::string word = to_lower(value);
  if (word == "true" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "no" || word == "off") return false;
  reject(option, setting, value);
}

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
