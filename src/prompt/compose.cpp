// Composition: a prompt as parts joined by AND, each with a weight.
#include "prompt/compose.h"

#include <utf8proc.h>

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace redraw {
namespace {

constexpr std::string_view kAnd = "AND", kWhite = " \t\n\r\f\v";

/// Letters, numbers and _ of any script: beside them AND is a part of another word.
bool starts_with_word(std::string_view text) {
  utf8proc_int32_t c = 0;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size()), &c);
  const auto category = utf8proc_category(c);
  return c == '_' || (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
         (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO);
}

bool ends_with_word(std::string_view text) {
  std::size_t last = text.size() - 1;
  while (last > 0 && text.size() - last < 4 && (static_cast<unsigned char>(text[last]) & 0xC0) == 0x80) --last;
  return starts_with_word(text.substr(last));
}

bool stands_alone(std::string_view prompt, std::size_t at) {
  const std::string_view before = prompt.substr(0, at), after = prompt.substr(at + kAnd.size());
  return (before.empty() || !ends_with_word(before)) && (after.empty() || !starts_with_word(after));
}

std::string_view without_white_end(std::string_view text) { return text.substr(0, text.find_last_not_of(kWhite) + 1); }

/// Digits with a point at most, one sign; no exponent.
std::optional<double> weight_of(std::string_view number) {
  return number.find_first_not_of("+-.0123456789") == std::string_view::npos ? parse_number(number) : std::nullopt;
}

PromptPart part_of(std::string_view text) {
  text = without_white_end(text);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return {std::string(text)};
  const auto weight = weight_of(trim(text.substr(colon + 1)));
  if (!weight) return {std::string(text)};
  return {std::string(without_white_end(text.substr(0, colon))), *weight};
}

}  // namespace

std::vector<PromptPart> split_at_and(std::string_view prompt) {
  std::vector<PromptPart> parts;
  std::size_t from = 0;
  for (std::size_t at = 0; (at = prompt.find(kAnd, at)) != std::string_view::npos; at += kAnd.size()) {
    if (!stands_alone(prompt, at)) continue;
    parts.push_back(part_of(prompt.substr(from, at - from)));
    from = at + kAnd.size();
  }
  parts.push_back(part_of(prompt.substr(from)));
  return parts;
}

}  // namespace redraw
