// A recipe's text as yaml-cpp's nodes: one document, and mistakes in words.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "redraw/error.h"

namespace redraw {

/// The one document of the text. Errors: kRequest with line and column for what is not YAML, and for a second document.
YAML::Node parse_yaml(const std::filesystem::path& path, const std::string& text);

/// "recipe.yaml:3:7", counted from 1.
std::string origin_of(const std::filesystem::path& path, const YAML::Mark& mark);

/// The texts of a scalar, a list of scalars or null; false for anything deeper.
bool values_of_node(const YAML::Node& node, std::vector<std::string>& values);

/// As values_of_node, with maps as items: {name: ink, weight: 0.8} or {file: ink.safetensors, te: 0.5, unet: 0.8} is
/// "ink:0.8" or "ink.safetensors:0.5:0.8".
bool loras_of_node(const YAML::Node& node, std::vector<std::string>& values);

}  // namespace redraw
