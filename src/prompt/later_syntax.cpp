// Prompt syntax that is known and not built yet: refused in words, never taken as plain text.
#include "prompt/later_syntax.h"

#include "prompt/extra_networks.h"

namespace redraw {

std::optional<std::string> later_syntax(std::string_view prompt) {
  const PromptNetworks parsed = parse_extra_networks(prompt);
  if (parsed.networks.empty()) return std::nullopt;
  return text_of(parsed.networks.front());
}

}  // namespace redraw
