// Which keys a checkpoint or VAE lacks, and which belong to nothing.
#pragma once

#include <string>
#include <vector>

#include "inspect/kinds.h"

namespace redraw {

struct LayoutFacts {
  std::vector<std::string> missing;    // "input_blocks.5.*": a whole block
  std::vector<std::string> left_over;  // neither part of a network nor one of the things that real files carry along
};

/// By the layout of the family's networks: a block of which one key is there must have all of its keys, and
/// numbered blocks must have no gap. (A last block that is missing as a whole shows when it is loaded.) Layouts that
/// are not known here, of diffusers or other kinds, have no facts.
LayoutFacts check_layout(const KeySet& keys, ModelKind kind, const std::string& family);

}  // namespace redraw
