// A1111's infotext read back: prompt, negative prompt and fields, with what A1111 fills in.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace redraw {

/// As written: text. What A1111 fills in may be a number or a boolean.
using InfotextValue = std::variant<std::string, int, bool>;
using InfotextMap = std::map<std::string, InfotextValue, std::less<>>;

/// Prompt, negative prompt and the fields that stand in the text, in its order; nothing filled in.
struct InfotextParts {
  std::string prompt, negative_prompt;
  std::vector<std::pair<std::string, std::string>> fields;  // "Size: 512x768" as "Size-1", "Size-2"
};

/// The last line is taken for fields if it has at least three; any text can be read.
InfotextParts split_infotext(std::string_view text);

/// What A1111 makes of an infotext: its fields, "Prompt", "Negative prompt", a default for what is
/// missing, and what an old Version implies.
/// source A1111 1.10 infotext_utils.parse_generation_parameters; golden: ui/parse_generation_parameters
InfotextMap parse_generation_parameters(std::string_view text);

}  // namespace redraw
