// Composition: a prompt as parts joined by AND, each with a weight.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace redraw {

struct PromptPart {
  std::string text;
  double weight = 1;
};

/// "a cat AND a dog:0.5": parts between the word AND; a ":number" at a part's end is its weight and is cut
/// off with the white space around it. At least one part, perhaps an empty one.
/// source A1111 1.10 prompt_parser.get_multicond_prompt_list; golden: ui/prompt composition
std::vector<PromptPart> split_at_and(std::string_view prompt);

}  // namespace redraw
