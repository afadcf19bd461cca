// Text repair before tokenising: what ftfy does for prompts, then lower case.
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "prompt/tokenizer.h"

namespace redraw {
namespace {

using Codepoint = utf8proc_int32_t;

struct Plain { Codepoint from; const char* to; };
/// Curly quotes and ligatures (ftfy: uncurl_quotes, fix_latin_ligatures).
constexpr std::array<Plain, 24> kPlain = {{
    {0x2018, "'"}, {0x2019, "'"}, {0x201A, "'"}, {0x201B, "'"}, {0x2BC, "'"}, {0x201C, "\""},
    {0x201D, "\""}, {0x201E, "\""}, {0x201F, "\""}, {0xFB00, "ff"}, {0xFB01, "fi"}, {0xFB02, "fl"},
    {0xFB03, "ffi"}, {0xFB04, "ffl"}, {0xFB05, "\xC5\xBFt"}, {0xFB06, "st"}, {0x132, "IJ"}, {0x133, "ij"},
    {0x1C4, "D\xC5\xBD"}, {0x1C7, "LJ"}, {0x1C8, "Lj"}, {0x1C9, "lj"}, {0x1CA, "NJ"}, {0x1CC, "nj"}}};

struct Entity { std::string_view name, text; };
constexpr std::array<Entity, 12> kEntities = {{
    {"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", "\xC2\xA0"},
    {"eacute", "\xC3\xA9"}, {"copy", "\xC2\xA9"}, {"mdash", "\xE2\x80\x94"}, {"ndash", "\xE2\x80\x93"},
    {"hellip", "\xE2\x80\xA6"}, {"deg", "\xC2\xB0"}}};

void append(std::string& text, Codepoint c) {
  utf8proc_uint8_t buffer[4];
  text.append(reinterpret_cast<char*>(buffer), static_cast<std::size_t>(utf8proc_encode_char(c, buffer)));
}

/// The text that "&name;" or "&#1234;" at position i stands for; empty if it stands for itself.
std::string entity_at(std::string_view text, std::size_t i, std::size_t& length) {
  const auto end = text.find(';', i);
  if (end == std::string_view::npos || end - i > 12 || end - i < 3) return "";
  const std::string_view name = text.substr(i + 1, end - i - 1);
  length = end - i + 1;
  for (const Entity& entity : kEntities)
    if (entity.name == name) return std::string(entity.text);
  if (name[0] != '#') return "";
  const bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
  const long code = std::strtol(std::string(name.substr(hex ? 2 : 1)).c_str(), nullptr, hex ? 16 : 10);
  std::string result;
  if (code > 0 && utf8proc_codepoint_valid(static_cast<Codepoint>(code))) append(result, static_cast<Codepoint>(code));
  return result;
}

std::string unescape_entities(std::string_view text) {
  if (text.find('<') != std::string_view::npos) return std::string(text);  // ftfy leaves HTML alone
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::size_t length = 0;
    const std::string plain = text[i] == '&' ? entity_at(text, i, length) : "";
    result += plain.empty() ? std::string(1, text[i]) : plain;
    if (!plain.empty()) i += length - 1;
  }
  return result;
}

bool is_control(Codepoint c) {
  return (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f') || c == 0x7F || c == 0xFEFF ||
         (c >= 0x206A && c <= 0x206F) || (c >= 0xFFF9 && c <= 0xFFFC);
}

bool is_space(Codepoint c) {
  const auto category = utf8proc_category(c);
  return (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x1F) || c == 0x85 || category == UTF8PROC_CATEGORY_ZS ||
         category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

void append_plain(std::string& text, Codepoint c) {
  if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;  // full-width forms
  if (c == 0x3000) c = ' ';
  const auto* row = std::find_if(kPlain.begin(), kPlain.end(), [c](const Plain& p) { return p.from == c; });
  if (row != kPlain.end()) text += row->to;
  else append(text, c);
}

template <typename F>
void for_each_codepoint(std::string_view text, F f) {
  const auto* data = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto left = static_cast<utf8proc_ssize_t>(text.size());
  while (left > 0) {
    Codepoint c = 0;
    utf8proc_ssize_t used = utf8proc_iterate(data, left, &c);
    if (used <= 0) { used = 1; c = 0xFFFD; }
    f(c);
    data += used;
    left -= used;
  }
}

std::string to_nfc(const std::string& text) {
  utf8proc_uint8_t* result = nullptr;
  const auto length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &result, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> holder(result, std::free);
  return length < 0 ? text : std::string(reinterpret_cast<char*>(result), static_cast<std::size_t>(length));
}

}  // namespace

std::string clean_text(std::string_view text) {
  std::string repaired;
  for_each_codepoint(unescape_entities(text), [&](Codepoint c) { if (!is_control(c)) append_plain(repaired, c); });
  std::string result;
  bool space = false;
  for_each_codepoint(to_nfc(repaired), [&](Codepoint c) {
    if (is_space(c)) { space = true; return; }
    if (space && !result.empty()) result += ' ';
    space = false;
    append(result, utf8proc_tolower(c));
  });
  return result;
}

}  // namespace redraw
