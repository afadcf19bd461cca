// Versions of A1111 in infotexts, compared as Python compares package versions (PEP 440).
#include "recipe/version.h"

#include <cctype>
#include <limits>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace redraw {
namespace {

constexpr long long kFirst = std::numeric_limits<long long>::min(), kLast = std::numeric_limits<long long>::max();
constexpr std::size_t kMaxDigits = 18, kReleaseParts = 8;

struct Word { std::string_view spelling, letter; };
// Longer spellings first: "alpha" is not "a" with a rest.
constexpr Word kPreWords[] = {{"alpha", "a"}, {"beta", "b"}, {"preview", "rc"}, {"pre", "rc"},
                              {"rc", "rc"},   {"a", "a"},    {"b", "b"},        {"c", "rc"}};
constexpr Word kPostWords[] = {{"post", "post"}, {"rev", "post"}, {"r", "post"}};
constexpr Word kDevWords[] = {{"dev", "dev"}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_separator(char c) { return c == '-' || c == '_' || c == '.'; }

struct Scanner {
  std::string_view rest;

  bool take(char c) {
    if (rest.empty() || rest[0] != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  std::optional<long long> number() {
    std::size_t digits = 0;
    while (digits < rest.size() && is_digit(rest[digits])) ++digits;
    if (digits == 0 || digits > kMaxDigits) return std::nullopt;
    const auto value = parse_integer(rest.substr(0, digits));
    rest.remove_prefix(digits);
    return value;
  }
  /// [-_.]? WORD [-_.]? NUMBER?; nullopt, and nothing taken, where no word of the list stands.
  std::optional<std::pair<std::string_view, long long>> part(std::span<const Word> words) {
    std::string_view after = rest;
    if (!after.empty() && is_separator(after[0])) after.remove_prefix(1);
    for (const Word& word : words) {
      if (!after.starts_with(word.spelling)) continue;
      rest = after.substr(word.spelling.size());
      const std::string_view without_number = rest;
      if (!rest.empty() && is_separator(rest[0])) rest.remove_prefix(1);
      const auto value = number();
      if (!value) rest = without_number;
      return {{word.letter, value.value_or(0)}};
    }
    return std::nullopt;
  }
  /// ".post2", or "-2" alone.
  std::optional<long long> post() {
    if (const auto found = part(kPostWords)) return found->second;
    Scanner ahead{rest};
    if (!ahead.take('-')) return std::nullopt;
    const auto value = ahead.number();
    if (value) rest = ahead.rest;
    return value;
  }
};

/// "+ubuntu.1": words of letters and digits with one separator between; empty: none.
std::optional<std::string> read_local(std::string_view rest) {
  std::string local;
  bool after_word = false;
  for (const char c : rest) {
    if (is_separator(c) && !after_word) return std::nullopt;
    after_word = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (!after_word && !is_separator(c)) return std::nullopt;
    local += after_word ? c : '.';
  }
  return after_word ? std::optional(local) : std::nullopt;
}

struct Parts {
  long long epoch = 0;
  std::vector<long long> release;
  std::optional<std::pair<std::string_view, long long>> pre;
  std::optional<long long> post, dev;
  std::string local;
};

std::optional<Parts> take_apart(std::string_view text) {
  Parts parts;
  Scanner scanner{text};
  scanner.take('v');
  auto number = scanner.number();
  if (number && scanner.take('!')) {
    parts.epoch = *number;
    number = scanner.number();
  }
  if (!number) return std::nullopt;
  parts.release.push_back(*number);
  for (Scanner ahead{scanner.rest}; ahead.take('.') && (number = ahead.number()); scanner = ahead)
    parts.release.push_back(*number);
  parts.pre = scanner.part(kPreWords);
  parts.post = scanner.post();
  if (const auto dev = scanner.part(kDevWords)) parts.dev = dev->second;
  if (scanner.take('+')) {
    const auto local = read_local(scanner.rest);
    if (!local) return std::nullopt;
    parts.local = *local;
  } else if (!scanner.rest.empty()) {
    return std::nullopt;
  }
  return parts;
}

std::string text_of(const Parts& parts) {
  std::string text = parts.epoch != 0 ? fmt::format("{}!", parts.epoch) : "";
  text += fmt::format("{}", fmt::join(parts.release, "."));
  if (parts.pre) text += fmt::format("{}{}", parts.pre->first, parts.pre->second);
  if (parts.post) text += fmt::format(".post{}", *parts.post);
  if (parts.dev) text += fmt::format(".dev{}", *parts.dev);
  return parts.local.empty() ? text : text + "+" + parts.local;
}

/// 1.0.dev1 < 1.0a1 < 1.0rc1 < 1.0 < 1.0.post1; 1.0 = 1.0.0. Local parts come after the bare version.
std::vector<long long> key_of(const Parts& parts) {
  std::vector<long long> key = {parts.epoch};
  for (std::size_t i = 0; i < kReleaseParts; ++i) key.push_back(i < parts.release.size() ? parts.release[i] : 0);
  if (parts.pre) key.insert(key.end(), {parts.pre->first[0], parts.pre->second});
  else key.insert(key.end(), {!parts.post && parts.dev ? kFirst : kLast, 0});
  key.push_back(parts.post.value_or(kFirst));
  key.push_back(parts.dev.value_or(kLast));
  key.push_back(parts.local.empty() ? 0 : 1);
  return key;
}

/// Without what stands behind the second hyphen: git's name of the commit.
std::string_view without_commit(std::string_view text) {
  const auto first = text.find('-');
  if (first == std::string_view::npos || first == 0) return text;
  const auto second = text.find('-', first + 1);
  return second == std::string_view::npos || second == first + 1 ? text : text.substr(0, second);
}

}  // namespace

std::optional<Version> parse_version(std::string_view text) {
  const auto parts = take_apart(to_lower(trim(without_commit(text))));
  if (!parts || parts->release.size() > kReleaseParts) return std::nullopt;
  return Version{text_of(*parts), key_of(*parts)};
}

}  // namespace redraw
