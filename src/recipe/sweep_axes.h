// What the cells of a sweep ask of its axes.
#pragma once

#include "recipe/sweep.h"

namespace redraw {

/// The axis is no axis, because a flag gives its setting.
bool is_fixed_by_flag(const Recipe& recipe, const Setting& axis);

/// The setting with one of its values.
Setting value_setting(const SweepAxis& axis, const SweepValue& value);

}  // namespace redraw
