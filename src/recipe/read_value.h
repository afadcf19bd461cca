// One typed value of a setting -> what its row allows; anything else is an Error that says what would be right.
#pragma once

#include <string>

#include "redraw/recipe.h"
#include "recipe/options.h"

namespace redraw {

/// How to set it right: the default, or an example.
std::string default_fix(const Option& option);
/// Throws: the value is none of those that the row takes.
[[noreturn]] void reject(const Option& option, const Setting& setting, const std::string& value);

/// min <= number <= max; integers only where whole is true.
double read_number(const Option& option, const Setting& setting, const std::string& value, bool whole);
/// true, yes, on, false, no, off.
bool read_flag(const Option& option, const Setting& setting, const std::string& value);
/// Place in the row's choices, found by name or label.
std::size_t choice_index(const Option& option, const Setting& setting, const std::string& value);
/// By the row's kind of text: paths from the recipe's folder, files read, names as their tables spell them.
/// recipe  gets the scheduler that a sampler's name ends with
std::string read_text(const Option& option, const Setting& setting, const std::string& value, Recipe& recipe);

}  // namespace redraw
