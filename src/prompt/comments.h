// What is done to the text of a prompt before its syntax is read: comments and styles.
#pragma once

#include <string>
#include <string_view>

namespace redraw {

/// Without what stands from # to the end of its line; a line that is a comment vanishes.
/// source A1111 1.10 comments.strip_comments; golden: ui/prompt comments
std::string strip_comments(std::string_view prompt);

/// A style's prompt joined to a prompt: in the place of {prompt}, or else behind it after a comma.
/// source A1111 1.10 styles.merge_prompts; golden: ui/prompt styles
std::string apply_style(const std::string& style, const std::string& prompt);

}  // namespace redraw
