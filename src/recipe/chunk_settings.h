// The `redraw` chunk of a PNG -> the settings that give this one picture again.
#pragma once

#include <string>
#include <vector>

#include "recipe/options.h"

namespace redraw {

/// Every setting of the recipe in the chunk, with the picture's own input, seed and count 1 instead of
/// those of its whole run; of a picture made in stages, what they share and then each as a part of `stages`.
/// origin  prefix of the settings' origins. Errors: kFile for what is no chunk of redraw's schema 1.
std::vector<Setting> settings_of_chunk(const std::string& chunk, const std::string& origin);

}  // namespace redraw
