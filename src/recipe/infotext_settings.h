// Infotext -> settings: what redraw can do again, and the names of what it cannot.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "recipe/options.h"

namespace redraw {

/// The settings that an infotext names, with A1111's defaults for what it leaves out when the sampling
/// depends on it (clip skip, mask mode, masked content, inpaint area, padding, schedule type).
///
/// origin    prefix of the settings' origins: "other.png: Seed"
/// left_over "Key: value" of every field that redraw has no setting for; hashes, names of models and
///           versions are facts and not named here
std::vector<Setting> settings_of_infotext(const std::string& text, const std::string& origin,
                                          std::vector<std::string>& left_over);

/// The setting that a field of an infotext is; empty: none.
std::string_view key_of_field(std::string_view field);

/// "Model" of the infotext; empty: not named.
std::string model_of_infotext(const std::string& text);

/// A prompt as a typed value: one that begins with @ does not name a file.
std::string escape_prompt(const std::string& prompt);

}  // namespace redraw
