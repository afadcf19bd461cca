// TABLE of settings: one row gives flag, YAML key, range, default, help and place in the Recipe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "redraw/error.h"
#include "redraw/recipe.h"

namespace redraw {

/// One allowed value; for enum members the place in the list is the enum's value.
struct Choice {
  std::string_view name, label;
};

/// One setting that fills two members: `mask_blur: 4`.
struct BlurPair { int Recipe::*x; int Recipe::*y; };
/// `size: 512x768`.
struct SizePair { std::optional<int> Recipe::*width; std::optional<int> Recipe::*height; };

using Member =
    std::variant<std::string Recipe::*, bool Recipe::*, int Recipe::*, std::int64_t Recipe::*, double Recipe::*,
                 std::optional<int> Recipe::*, std::optional<double> Recipe::*, std::vector<std::string> Recipe::*,
                 ResizeMode Recipe::*, MaskMode Recipe::*, MaskedContent Recipe::*, InpaintArea Recipe::*,
                 Existing Recipe::*, SeedMode Recipe::*, Rng Recipe::*, Determinism Recipe::*, Emphasis Recipe::*,
                 PromptFrom Recipe::*, NoiseSchedule Recipe::*, UnipcVariant Recipe::*, UnipcSkip Recipe::*,
                 TileMode Recipe::*, double SoftInpainting::*, BlurPair, SizePair>;

enum class TextKind {
  kPlain, kPath, kPathOrName, kMask, kPrompt, kSampler, kScheduler, kColor, kDevice, kDtype, kTile, kDevices,
  kFailures, kDuration, kLora
};

struct Option {
  std::string_view key;    // YAML; the flag has dashes
  char short_flag;         // '\0': none
  std::string_view alias;  // second key and flag; empty: none
  std::string_view group;
  Member member;
  TextKind kind;
  std::string_view unit;  // empty: none
  double min, max;        // of numbers
  std::span<const Choice> choices;
  std::string_view help;
};

std::span<const Option> options();
/// By key or alias; nullptr if there is none.
const Option* find_option(std::string_view key);
/// Every key and alias, for "did you mean".
std::vector<std::string_view> option_keys();
/// Fills two members that have rows of their own.
bool is_pair(const Option& option);
/// "--mask-blur" of "mask_blur".
std::string flag_of(std::string_view key);

/// The names that the setting allows (choices, samplers, schedulers); empty: any.
std::vector<Choice> choices_of(const Option& option);
/// "number, 0 to 1", "just | crop | fill".
std::string values_of(const Option& option);
/// The value as text; nullopt: not set. Lists are joined by ", ".
std::optional<std::string> text_of(const Option& option, const Recipe& recipe);

/// Takes one setting over from another recipe.
void copy_value(const Option& option, const Recipe& from, Recipe& to);

/// Sets the members and their origins; one Error per setting that is unknown, of a wrong type or
/// out of range. One call is one layer: of `scale` and a size the later layer's counts.
std::vector<Error> apply_settings(Recipe& recipe, std::vector<Setting> settings);

}  // namespace redraw
