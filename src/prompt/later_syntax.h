// Prompt syntax that is known and not built yet: refused in words, never taken as plain text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace redraw {

/// The first extra network of a prompt as it is written, "<lora:name:0.8>"; nullopt where there is none.
std::optional<std::string> later_syntax(std::string_view prompt);

}  // namespace redraw
