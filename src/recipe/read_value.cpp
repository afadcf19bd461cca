// One typed value: numbers, names, paths, prompts and what else a row may hold.
#include "recipe/read_value.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"
#include "prompt/extra_networks.h"
#include "recipe/limits.h"
#include "schedule/samplers.h"
#include "schedule/schedulers.h"

namespace redraw {
namespace {

using K = TextKind;

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

/// "auto", "off" or a number; a bare off is a word of YAML too, and 0 is off.
std::string read_tile(const Option& option, const Setting& setting, const std::string& value) {
  const std::string word = to_lower(value);
  if (word == "auto" || word == "off") return word;
  if (word == "false" || word == "no" || word == "0") return "off";
  return fmt::format("{}", read_number(option, setting, value, true));
}

}  // namespace

std::string default_fix(const Option& option) {
  if (std::holds_alternative<SizePair>(option.member)) return fmt::format("for example {}: 512x512", option.key);
  const auto value = text_of(option, Recipe{});
  if (option.kind == K::kColor)  // a bare # begins a comment in YAML
    return fmt::format("the default is {}: \"{}\", in quotes where it stands in a recipe", option.key, *value);
  return value && !value->empty() ? fmt::format("the default is {}: {}", option.key, *value)
                                  : fmt::format("leave {} out", option.key);
}

void reject(const Option& option, const Setting& setting, const std::string& value) {
  throw Error(ErrorKind::kRequest, fmt::format("{} cannot be \"{}\"", option.key, value), setting.origin,
              fmt::format("{} takes: {}", option.key, values_of(option)), default_fix(option));
}

std::size_t choice_index(const Option& option, const Setting& setting, const std::string& value) {
  const std::string wanted = to_lower(value);
  for (std::size_t i = 0; i < option.choices.size(); ++i)
    if (!wanted.empty() && (wanted == option.choices[i].name || wanted == to_lower(option.choices[i].label)))
      return i;
  reject_name(option, setting, value);
}

double read_number(const Option& option, const Setting& setting, const std::string& value, bool whole) {
  const auto number = parse_number(value);
  if (!number || *number < option.min || *number > option.max || (whole && !parse_integer(value)))
    reject(option, setting, value);
  return *number;
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

}  // namespace redraw
