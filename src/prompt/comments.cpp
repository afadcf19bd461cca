// What is done to the text of a prompt before its syntax is read: comments and styles.
#include "prompt/comments.h"

#include "base/text.h"

namespace redraw {
namespace {

/// Each # with all up to and with its line end becomes a line end; whole_lines: only where the # begins a
/// line, whose line end before it goes too.
std::string replace_comments(std::string_view text, bool whole_lines) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool after_line_end = whole_lines && text.substr(i, 2) == "\n#";
    const bool here = text[i] == '#' && (!whole_lines || i == 0);
    result += after_line_end || here ? '\n' : text[i];
    if (after_line_end || here) i = std::min(text.find('\n', i + 1), text.size());
  }
  return result;
}

}  // namespace

std::string strip_comments(std::string_view prompt) { return replace_comments(replace_comments(prompt, true), false); }

std::string apply_style(const std::string& style, const std::string& prompt) {
  constexpr std::string_view kPlace = "{prompt}";
  std::string result;
  std::size_t from = 0;
  for (std::size_t at = 0; (at = style.find(kPlace, from)) != std::string::npos; from = at + kPlace.size())
    result += style.substr(from, at - from) + prompt;
  if (from > 0) return result + style.substr(from);
  const std::string before = trim(prompt), after = trim(style);
  return before + (before.empty() || after.empty() ? "" : ", ") + after;
}

}  // namespace redraw
