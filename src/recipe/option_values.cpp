// What can be read off a row of the settings' table: the values that it takes, and its own in a Recipe.
#include "recipe/options.h"

#include <fmt/format.h>

#include "schedule/samplers.h"
#include "schedule/schedulers.h"

namespace redraw {
namespace {

using K = TextKind;

template <typename Rows>
std::vector<Choice> choices_from(const Rows& rows) {
  std::vector<Choice> found;
  for (const auto& row : rows) found.push_back({row.name, row.label});
  return found;
}

std::string range_text(const Option& option, const char* type) {
  std::string text = fmt::format("{}, {} to {}", type, option.min, option.max);
  return option.unit.empty() ? text : text + " " + std::string(option.unit);
}

/// What kind of value a member takes, in words.
struct ValuesOf {
  const Option& option;
  std::string operator()(bool Recipe::*) const { return "true | false"; }
  std::string operator()(int Recipe::*) const { return range_text(option, "integer"); }
  std::string operator()(std::int64_t Recipe::*) const { return range_text(option, "integer"); }
  std::string operator()(double Recipe::*) const { return range_text(option, "number"); }
  std::string operator()(std::optional<int> Recipe::*) const { return range_text(option, "integer"); }
  std::string operator()(std::optional<double> Recipe::*) const { return range_text(option, "number"); }
  std::string operator()(std::vector<std::string> Recipe::*) const {
    if (option.kind == K::kLora) return "list of NAME[:WEIGHT[:UNET_WEIGHT]]";
    return option.kind == K::kPath ? "list of paths" : "list of names";
  }
  std::string operator()(double SoftInpainting::*) const { return range_text(option, "number"); }
  std::string operator()(BlurPair) const { return range_text(option, "integer"); }
  std::string operator()(SizePair) const { return fmt::format("WIDTHxHEIGHT, each {} to {} px", option.min, option.max); }
  std::string operator()(std::string Recipe::*) const {
    switch (option.kind) {
      case K::kPath: return "path";
      case K::kMask: return "path | alpha | sketch | color:#rrggbb";
      case K::kPathOrName: return "path or name";
      case K::kColor: return "#rrggbb";
      case K::kTile: return fmt::format("auto | off | {} to {} {}", option.min, option.max, option.unit);
      case K::kDevice: return "auto | cpu | cuda | cuda:N";
      case K::kDevices: return "list such as 0,1 or cpu,cpu";
      case K::kFailures: return "number N or share P%";
      case K::kDuration: return "time such as 3h50m, 90s or 2:30:00";
      default: return "text";
    }
  }
  template <typename E>
  std::string operator()(E Recipe::*) const { return "text"; }
};

/// The value of a member as text.
struct TextOf {
  const Option& option;
  const Recipe& recipe;
  using Text = std::optional<std::string>;
  Text operator()(std::string Recipe::*m) const { return recipe.*m; }
  Text operator()(bool Recipe::*m) const { return recipe.*m ? "true" : "false"; }
  Text operator()(int Recipe::*m) const { return fmt::format("{}", recipe.*m); }
  Text operator()(std::int64_t Recipe::*m) const { return fmt::format("{}", recipe.*m); }
  Text operator()(double Recipe::*m) const { return fmt::format("{}", recipe.*m); }
  Text operator()(double SoftInpainting::*m) const { return fmt::format("{}", recipe.soft.*m); }
  template <typename T>
  Text operator()(std::optional<T> Recipe::*m) const {
    return recipe.*m ? Text(fmt::format("{}", *(recipe.*m))) : std::nullopt;
  }
  Text operator()(std::vector<std::string> Recipe::*m) const {
    return fmt::format("{}", fmt::join(recipe.*m, ", "));
  }
  Text operator()(BlurPair pair) const {
    return recipe.*pair.x == recipe.*pair.y ? (*this)(pair.x) : std::nullopt;
  }
  Text operator()(SizePair pair) const {
    if (!(recipe.*pair.width) || !(recipe.*pair.height)) return std::nullopt;
    return fmt::format("{}x{}", *(recipe.*pair.width), *(recipe.*pair.height));
  }
  template <typename E>
  Text operator()(E Recipe::*m) const {
    return std::string(option.choices[static_cast<std::size_t>(recipe.*m)].name);
  }
};

/// Copies one member from recipe to recipe.
struct Copy {
  const Recipe& from;
  Recipe& to;
  void operator()(BlurPair pair) const { (*this)(pair.x), (*this)(pair.y); }
  void operator()(SizePair pair) const { (*this)(pair.width), (*this)(pair.height); }
  template <typename T>
  void operator()(T SoftInpainting::*m) const { to.soft.*m = from.soft.*m; }
  template <typename T>
  void operator()(T Recipe::*m) const { to.*m = from.*m; }
};

}  // namespace

std::vector<Choice> choices_of(const Option& option) {
  if (option.kind == K::kSampler) return choices_from(samplers());
  if (option.kind == K::kScheduler) return choices_from(schedulers());
  return {option.choices.begin(), option.choices.end()};
}

std::string values_of(const Option& option) {
  const std::vector<Choice> choices = choices_of(option);
  if (choices.empty()) return std::visit(ValuesOf{option}, option.member);
  std::vector<std::string_view> names;
  for (const Choice& choice : choices) names.push_back(choice.name);
  return fmt::format("{}", fmt::join(names, " | "));
}

std::optional<std::string> text_of(const Option& option, const Recipe& recipe) {
  return std::visit(TextOf{option, recipe}, option.member);
}

void copy_value(const Option& option, const Recipe& from, Recipe& to) { std::visit(Copy{from, to}, option.member); }

}  // namespace redraw
