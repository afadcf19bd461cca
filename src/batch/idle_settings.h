// Settings that were asked for and change nothing, because something else leaves them nothing to do.
#pragma once

#include <string>
#include <vector>

#include "redraw/recipe.h"

namespace redraw {

struct IdleSetting {
  std::string key;
  std::string what;  // "eta does nothing with Euler"
  std::string fix;   // beside leaving it out
};
std::vector<IdleSetting> idle_settings(const Recipe& recipe);

}  // namespace redraw
