// Modules of a UNet under the names that diffusers gives them.
#pragma once

#include <map>
#include <set>
#include <string>

namespace redraw {

/// "input_blocks.1.0.in_layers.2" -> "down_blocks.0.resnets.0.conv1". How many blocks a level has and which of them
/// have attention is read off the names, so that scaled-down models and SDXL fit too.
///
/// modules  names below model.diffusion_model., without ".weight"; one that no rule knows has no entry
/// source   diffusers' UNet2DConditionModel
std::map<std::string, std::string> diffusers_names(const std::set<std::string>& modules);

}  // namespace redraw
