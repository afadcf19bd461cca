// Prompt syntax that is known and not built yet: refused in words, never taken as plain text.
#include "prompt/later_syntax.h"

#include <regex>
#include <vector>

#include "base/text.h"

namespace redraw {
namespace {

/// What an open square bracket has shown so far; round brackets hide their colons.
struct Bracket {
  bool square;
  bool alternates = false;
  std::size_t last_colon = std::string_view::npos;
};

bool is_edit(const Bracket& bracket, std::string_view prompt, std::size_t end) {
  if (bracket.last_colon == std::string_view::npos) return false;
  const std::size_t from = bracket.last_colon + 1;
  return parse_number(trim(prompt.substr(from, end - from))).has_value();
}

std::optional<std::string> bracket_syntax(std::string_view prompt) {
  std::vector<Bracket> open;
  for (std::size_t i = 0; i < prompt.size(); ++i) {
    const char c = prompt[i];
    if (c == '\\') ++i;
    else if (c == '[' || c == '(') open.push_back({c == '['});
    else if (open.empty()) continue;
    else if (c == '|') open.back().alternates = true;
    else if (c == ':') open.back().last_colon = i;
    else if (c == ']' || c == ')') {
      const Bracket bracket = open.back();
      open.pop_back();
      if (!bracket.square || c != ']') continue;
      if (bracket.alternates) return "alternation [a|b]";
      if (is_edit(bracket, prompt, i)) return "prompt editing [from:to:when]";
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> later_syntax(std::string_view prompt) {
  static const std::regex kNetwork("<[A-Za-z0-9_]+:[^>]+>"), kAnd("\\bAND\\b");
  const std::string text(prompt);
  if (std::regex_search(text, kNetwork)) return "extra networks <name:...>";
  if (std::regex_search(text, kAnd)) return "composition with AND";
  return bracket_syntax(prompt);
}

}  // namespace redraw
