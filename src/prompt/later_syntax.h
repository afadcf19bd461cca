// Prompt syntax that is known and not built yet: refused in words, never taken as plain text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace redraw {

/// "prompt editing [from:to:when]", "alternation [a|b]", "composition with AND" or
/// "extra networks <name:...>" where the prompt uses it; nullopt where it does not.
std::optional<std::string> later_syntax(std::string_view prompt);

}  // namespace redraw
