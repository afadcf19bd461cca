// The attention syntax of prompts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace redraw {

struct WeightedText {
  std::string text;
  double weight = 1;
  bool is_break = false;  // the word BREAK: weight -1
};

/// (a) times 1.1, [a] divided by 1.1, (a:1.3) times 1.3, \( \) \[ \] \\ as text, BREAK apart.
/// Unclosed brackets hold to the end; a closing one without an opening one is text.
/// Errors: kRequest for a weight that is no number, such as (a:1.2.3).
/// source A1111 1.10 prompt_parser.parse_prompt_attention; golden: ui/prompt
std::vector<WeightedText> parse_prompt_attention(std::string_view prompt);

}  // namespace redraw
