// The axes of a sweep: what was typed, ranges spelled out, everything that is wrong told at once.
#include "recipe/sweep_axes.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/csv.h"
#include "base/text.h"
#include "recipe/options.h"
#include "recipe/range.h"

namespace redraw {
namespace {

/// One for all cells.
constexpr std::string_view kOfAllCells[] = {
    "inputs",    "recursive", "output", "name",   "existing", "manifest",     "sidecars",   "prompt_from", "png_info",
    "seed_mode", "count",     "batch",  "strict", "devices",  "max_failures", "time_limit", "determinism"};
constexpr std::size_t kNameLetters = 40;

Error request(const std::string& what, const Setting& setting, const std::string& why, const std::string& fix) {
  return {ErrorKind::kRequest, what, setting.origin, why, fix};
}

bool is_number(const Option& option) {
  const Member& m = option.member;
  return std::holds_alternative<int Recipe::*>(m) || std::holds_alternative<std::int64_t Recipe::*>(m) ||
         std::holds_alternative<double Recipe::*>(m) || std::holds_alternative<std::optional<int> Recipe::*>(m) ||
         std::holds_alternative<std::optional<double> Recipe::*>(m) ||
         std::holds_alternative<double SoftInpainting::*>(m) || std::holds_alternative<BlurPair>(m);
}

bool is_list(const Option& option) { return std::holds_alternative<std::vector<std::string> Recipe::*>(option.member); }

bool is_search(const Setting& setting) { return setting.key == kSearchReplace; }

bool is_path(const Option& option) {
  return option.kind == TextKind::kPath || option.kind == TextKind::kPathOrName || option.kind == TextKind::kMask;
}

/// "models/demo.safetensors" -> "demo".
std::string file_part(std::string text) {
  for (const char* suffix : {".safetensors", ".ckpt", ".png"})
    if (text.ends_with(suffix)) text.resize(text.size() - std::string_view(suffix).size());
  return std::filesystem::path(text).filename().string();
}

/// Letters, digits and what no shell or file system minds.
std::string name_part(const std::string& text) {
  std::string name;
  std::size_t letters = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool fine =
        std::isalnum(byte) != 0 || byte >= 0x80 || std::string_view("+-.").find(c) != std::string_view::npos;
    if ((byte & 0xC0) != 0x80 && ++letters > kNameLetters) break;
    if (fine) name += c;
    else if (!name.empty() && name.back() != '_') name += '_';
  }
  while (name.ends_with('_')) name.pop_back();
  return name.empty() ? "none" : name;
}

void add_value(SweepAxis& axis, const std::string& text) {
  const Option* option = find_option(axis.setting.key);
  const std::string plain = name_part(option != nullptr && is_path(*option) ? file_part(text) : text);
  std::string name = plain;
  const auto taken = [&](const SweepValue& value) { return to_lower(value.name) == to_lower(name); };
  for (int n = 2; std::any_of(axis.values.begin(), axis.values.end(), taken); ++n)
    name = fmt::format("{}-{}", plain, n);
  axis.values.push_back({text, name});
}

bool is_given_by_flag(const Recipe& recipe, const Setting& axis) {
  const Option* option = find_option(axis.key);
  const auto origin = recipe.origins.find(option == nullptr ? axis.key : std::string(option->key));
  return origin != recipe.origins.end() && origin->second.starts_with("-");
}

/// Reads the axes of one recipe.
class AxisReader {
 public:
  AxisReader(const Recipe& recipe, std::vector<Error>& errors) : recipe_(recipe), errors_(errors) {}

  std::vector<SweepAxis> all() {
    for (const Setting& setting : recipe_.sweep)
      if (!is_fixed_by_flag(recipe_, setting)) add(setting);
    check_count();
    return std::move(axes_);
  }

 private:
  void add(const Setting& setting) {
    SweepAxis axis = begin(setting);
    if (!is_known(axis) || !is_new(axis)) return;
    std::set<std::string> seen;
    for (const std::string& text : texts_of(axis, setting)) {
      if (seen.insert(text).second) add_value(axis, text);
      else
        errors_.push_back(request(fmt::format("the sweep over {} holds \"{}\" twice", axis.title, text), setting,
                                  "two cells would be the same", "take one of them out"));
    }
    if (seen.empty()) tell_empty(axis);
    check_values(axis);
    axes_.push_back(std::move(axis));
  }

  static SweepAxis begin(const Setting& setting) {
    SweepAxis axis;
    axis.setting = setting;
    axis.setting.values.clear();
    const Option* option = find_option(setting.key);
    axis.title = axis.name = option == nullptr ? setting.key : std::string(option->key);
    if (option != nullptr) axis.setting.key = axis.title;
    if (!is_search(setting)) return axis;
    axis.search = setting.values.empty() ? "" : setting.values[0];
    axis.title = fmt::format("prompt \"{}\"", axis.search);
    axis.name = name_part(axis.search);
    return axis;
  }

  bool is_known(const SweepAxis& axis) {
    const Setting& setting = axis.setting;
    if (is_search(setting)) return true;
    if (find_option(setting.key) == nullptr) {
      tell_unknown(setting);
      return false;
    }
    if (std::find(std::begin(kOfAllCells), std::end(kOfAllCells), setting.key) == std::end(kOfAllCells)) return true;
    tell_whole(setting);
    return false;
  }

  void tell_unknown(const Setting& setting) {
    if (setting.key == "sweep" || setting.key == "stages") return tell_whole(setting);
    if (!nearest_name(setting.key, std::vector<std::string_view>{kSearchReplace})) return apply_alone(setting);
    errors_.push_back(request(fmt::format("unknown setting \"{}\"", setting.key), setting, "no setting has this name",
                              fmt::format("did you mean {}?", kSearchReplace)));
  }

  void tell_whole(const Setting& setting) {
    errors_.push_back(request(fmt::format("{} cannot be swept", setting.key), setting, "it is one for all cells",
                              "set it outside the sweep"));
  }

  bool is_new(const SweepAxis& axis) {
    if (std::none_of(axes_.begin(), axes_.end(), [&](const SweepAxis& other) { return other.title == axis.title; })) {
      if (!is_given_by_flag(recipe_, axis.setting)) return true;
      errors_.push_back(request(fmt::format("{} is given and swept", axis.title), axis.setting,
                                "each of them decides its value", "keep one of the two flags"));
      return false;
    }
    errors_.push_back(request(fmt::format("{} is swept twice", axis.title), axis.setting, "each setting is one axis",
                              "give all values in one list"));
    return false;
  }

  /// With ranges spelled out.
  std::vector<std::string> texts_of(const SweepAxis& axis, const Setting& setting) {
    if (!axis.search.empty() || is_search(setting))
      return {setting.values.begin() + (setting.values.empty() ? 0 : 1), setting.values.end()};
    std::vector<std::string> texts;
    for (const std::string& text : setting.values) {
      try {
        const bool range = is_number(*find_option(axis.setting.key)) && is_range(text);
        const std::vector<std::string> some = range ? spell_range(text, kMaxCells) : std::vector<std::string>{text};
        texts.insert(texts.end(), some.begin(), some.end());
      } catch (const Error& error) {
        errors_.emplace_back(error.kind(), fmt::format("the sweep over {}: {}", axis.title, error.what()),
                             setting.origin, error.why(), error.fix());
        is_told_ = true;
      }
    }
    return texts;
  }

  void tell_empty(const SweepAxis& axis) {
    if (!std::exchange(is_told_, false))
      errors_.push_back(request(fmt::format("the sweep over {} has no value", axis.title), axis.setting,
                                "each value makes cells",
                                fmt::format("give a list, such as {}: [A, B], or leave it out", axis.setting.key)));
  }

  void check_values(const SweepAxis& axis) {
    if (is_search(axis.setting) && axis.search.empty() && !axis.values.empty())
      errors_.push_back(request("the sweep searches for an empty word", axis.setting, "it stands everywhere",
                                "name a word of the prompt"));
    if (is_search(axis.setting)) return;
    for (const SweepValue& value : axis.values) {
      const bool drawn = (axis.setting.key == "seed" || axis.setting.key == "variation_seed") && value.text == "-1";
      if (drawn)
        errors_.push_back(request(fmt::format("the sweep over {} holds -1", axis.setting.key), axis.setting,
                                  "a drawn value would differ from run to run", "give numbers, for example 1..4"));
      else apply_alone(value_setting(axis, value));
    }
  }

  void apply_alone(const Setting& setting) {
    Recipe scratch;
    for (Error& error : apply_settings(scratch, {setting})) errors_.push_back(std::move(error));
  }

  void check_count() {
    double cells = 1;
    for (const SweepAxis& axis : axes_) cells *= static_cast<double>(std::max<std::size_t>(1, axis.values.size()));
    if (cells <= static_cast<double>(kMaxCells)) return;
    errors_.push_back(request(fmt::format("the sweep has {:.0f} cells", cells), axes_.back().setting,
                              fmt::format("{} are the most", kMaxCells),
                              "leave out values, or sweep the settings one after the other"));
  }

  const Recipe& recipe_;
  std::vector<Error>& errors_;
  std::vector<SweepAxis> axes_;
  bool is_told_ = false;
};

}  // namespace

Setting value_setting(const SweepAxis& axis, const SweepValue& value) {
  Setting setting = axis.setting;
  const Option* option = find_option(setting.key);
  setting.values = {value.text};
  if (option != nullptr && is_list(*option) && value.text.empty()) setting.values.clear();
  return setting;
}

bool is_fixed_by_flag(const Recipe& recipe, const Setting& axis) {
  return is_given_by_flag(recipe, axis) && !axis.origin.starts_with("-");
}

std::optional<Setting> read_axis(const std::string& text, const std::string& origin) {
  if (text.empty()) return std::nullopt;
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw Error(ErrorKind::kRequest, fmt::format("sweep cannot be \"{}\"", text), origin,
                "it takes a setting and its values",
                "for example --sweep \"denoise=0.2..0.6 step 0.1\", or --sweep sampler=euler,heun");
  std::string key = trim(text.substr(0, equals));
  std::replace(key.begin(), key.end(), '-', '_');
  Setting axis{key, read_csv(text.substr(equals + 1), origin).columns, origin, {}};
  if (!is_search(axis))
    for (std::string& value : axis.values) value = trim(value);
  else if (!axis.values.empty()) axis.values.insert(axis.values.begin(), axis.values[0]);
  return axis;
}

std::vector<SweepAxis> sweep_axes(const Recipe& recipe, std::vector<Error>& errors) {
  return AxisReader(recipe, errors).all();
}

std::vector<Error> check_sweep(const Recipe& recipe) {
  std::vector<Error> errors;
  sweep_axes(recipe, errors);
  return errors;
}

std::vector<std::string> fixed_axes(const Recipe& recipe) {
  std::vector<std::string> notes;
  for (const Setting& axis : recipe.sweep)
    if (is_fixed_by_flag(recipe, axis))
      notes.push_back(fmt::format("{} is given as a flag: the sweep over it is left out", axis.key));
  return notes;
}

}  // namespace redraw
