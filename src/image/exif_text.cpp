// Infotext out of picture files: EXIF user comments of JPEG, WebP and PNG, and PNG's text chunks.
#include "image/exif_text.h"

#include <libexif/exif-data.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

#include "image/png.h"

namespace redraw {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kExif = "Exif\0\0"sv, kUnicode = "UNICODE\0"sv;
constexpr std::array kByteTexts = {"ASCII\0\0\0"sv, "\0\0\0\0\0\0\0\0"sv};
constexpr char32_t kDamaged = 0xFFFD;

std::size_t byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

/// Segments FF, type, two bytes of length (which counts itself), up to the pixels (SOS) or the end.
std::string exif_of_jpeg(std::string_view bytes) {
  constexpr std::size_t kApp1 = 0xE1, kStartOfScan = 0xDA, kEnd = 0xD9;
  bytes.remove_prefix(2);
  while (bytes.size() >= 4 && byte_at(bytes, 0) == 0xFF) {
    const std::size_t type = byte_at(bytes, 1);
    if (type == 0xFF) { bytes.remove_prefix(1); continue; }  // fill
    if (type == kStartOfScan || type == kEnd) break;
    const std::size_t length = byte_at(bytes, 2) << 8 | byte_at(bytes, 3);
    if (length < 2 || length > bytes.size() - 2) break;
    const std::string_view body = bytes.substr(4, length - 2);
    if (type == kApp1 && body.starts_with(kExif)) return std::string(body);
    bytes.remove_prefix(2 + length);
  }
  return "";
}

/// Chunks of four letters, length (little endian), body, one more byte where the length is odd.
std::string exif_of_webp(std::string_view bytes) {
  bytes.remove_prefix(12);
  while (bytes.size() >= 8) {
    std::size_t length = 0;
    for (std::size_t i = 8; i-- > 4;) length = length << 8 | byte_at(bytes, i);
    if (length > bytes.size() - 8) break;
    const std::string_view body = bytes.substr(8, length);
    if (bytes.starts_with("EXIF")) return std::string(body.starts_with(kExif) ? "" : kExif).append(body);
    bytes.remove_prefix(std::min(bytes.size(), 8 + length + length % 2));
  }
  return "";
}

bool is_png(std::string_view bytes) { return bytes.starts_with("\x89PNG\r\n\x1a\n"); }

void append_utf8(std::string& text, char32_t code) {
  const auto tail = [&](int shift) { text += static_cast<char>(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) { text += static_cast<char>(code); return; }
  if (code < 0x800) text += static_cast<char>(0xC0 | code >> 6);
  else if (code < 0x10000) text += static_cast<char>(0xE0 | code >> 12);
  else text += static_cast<char>(0xF0 | code >> 18);
  if (code >= 0x10000) tail(12);
  if (code >= 0x800) tail(6);
  tail(0);
}

std::string from_utf16(std::string_view bytes) {
  const bool little = bytes.starts_with("\xFF\xFE");
  if (little || bytes.starts_with("\xFE\xFF")) bytes.remove_prefix(2);
  const auto unit = [&](std::size_t at) {
    return static_cast<char32_t>(byte_at(bytes, little ? at + 1 : at) << 8 | byte_at(bytes, little ? at : at + 1));
  };
  const auto in = [](char32_t code, char32_t first) { return code >= first && code < first + 0x400; };
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 2) {
    char32_t code = at + 1 < bytes.size() ? unit(at) : kDamaged;
    const bool pair = in(code, 0xD800) && at + 3 < bytes.size() && in(unit(at + 2), 0xDC00);
    if (pair) code = 0x10000 + ((code - 0xD800) << 10) + (unit(at + 2) - 0xDC00);
    else if (in(code, 0xD800) || in(code, 0xDC00)) code = kDamaged;
    if (pair) at += 2;
    append_utf8(text, code);
  }
  return text;
}

/// Length of the well-formed UTF-8 sequence at `at`; 0: none.
std::size_t sequence_length(std::string_view bytes, std::size_t at) {
  const std::size_t lead = byte_at(bytes, at);
  const std::size_t length = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
  if (at + length > bytes.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte_at(bytes, at + i) & 0xC0) != 0x80) return 0;
  if (length < 3) return length;
  const std::size_t second = byte_at(bytes, at + 1);
  const bool too_long = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool too_far = (lead == 0xED && second >= 0xA0) || (lead == 0xF4 && second >= 0x90);
  return too_long || too_far ? 0 : length;
}

std::string as_utf8(std::string_view bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = sequence_length(bytes, at);
    if (length == 0) append_utf8(text, kDamaged);
    else text += bytes.substr(at, length);
    at += length == 0 ? 1 : length;
  }
  return text;
}

}  // namespace

std::string exif_block(std::string_view file) {
  if (is_png(file)) return png_exif(file);
  if (file.starts_with("\xFF\xD8")) return exif_of_jpeg(file);
  if (file.starts_with("RIFF") && file.size() >= 12 && file.substr(8, 4) == "WEBP") return exif_of_webp(file);
  return "";
}

std::string user_comment(std::string_view block) {
  if (block.empty() || block.size() > std::numeric_limits<unsigned>::max()) return "";
  const std::unique_ptr<ExifData, decltype(&exif_data_unref)> exif(exif_data_new(), exif_data_unref);
  if (!exif) return "";
  exif_data_unset_option(exif.get(), EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);  // it would rewrite the comment
  exif_data_load_data(exif.get(), reinterpret_cast<const unsigned char*>(block.data()),
                      static_cast<unsigned>(block.size()));
  const ExifEntry* entry = exif_content_get_entry(exif->ifd[EXIF_IFD_EXIF], EXIF_TAG_USER_COMMENT);
  if (entry == nullptr || entry->data == nullptr) return "";
  return {reinterpret_cast<const char*>(entry->data), entry->size};
}

std::string decode_user_comment(std::string_view comment) {
  if (comment.starts_with(kUnicode)) return from_utf16(comment.substr(kUnicode.size()));
  for (const std::string_view prefix : kByteTexts)
    if (comment.starts_with(prefix)) return as_utf8(comment.substr(prefix.size()));
  return as_utf8(comment);
}

std::optional<std::string> picture_infotext(std::string_view file) {
  if (std::string text = decode_user_comment(user_comment(exif_block(file))); !text.empty()) return text;
  if (!is_png(file)) return std::nullopt;
  const auto texts = png_texts(file);
  const auto found = texts.find("parameters");
  return found == texts.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace redraw
