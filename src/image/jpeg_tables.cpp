// Huffman tables of JPEG files, looked at before the decoder trusts them.
#include "image/jpeg_tables.h"

#include <algorithm>
#include <cstddef>

namespace redraw {
namespace {

constexpr std::size_t kCounts = 16;  // of codes of each length
constexpr int kMostCodes = 256;
constexpr unsigned char kTables = 0xC4, kScan = 0xDA;

unsigned char byte_at(std::string_view bytes, std::size_t i) { return static_cast<unsigned char>(bytes[i]); }

/// The length of a segment, its own two bytes included; 0 at the file's end.
std::size_t length_at(std::string_view bytes, std::size_t at) {
  return at + 2 > bytes.size() ? 0 : static_cast<std::size_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}

/// A segment holds tables one after the other: a byte, 16 counts, as many symbols.
bool is_sound(std::string_view bytes, std::size_t at) {
  const std::size_t end = at + length_at(bytes, at);
  for (at += 2; at < end && at < bytes.size();) {
    int codes = 0;  // of a file that is cut here, those that are left
    for (std::size_t i = at + 1; i <= at + kCounts && i < bytes.size(); ++i) codes += byte_at(bytes, i);
    if (codes > kMostCodes) return false;
    at += 1 + kCounts + static_cast<std::size_t>(codes);
  }
  return true;
}

/// RST0 to EOI, TEM, and 0: a marker without a segment, or none at all.
bool stands_alone(unsigned char marker) { return (marker >= 0xD0 && marker <= 0xD9) || marker <= 1; }

/// After the first scan tables may follow anywhere, and no other bytes look like them there.
bool are_sound_after_scan(std::string_view bytes, std::size_t at) {
  for (; at + 2 < bytes.size(); ++at)
    if (byte_at(bytes, at) == 0xFF && byte_at(bytes, at + 1) == kTables && !is_sound(bytes, at + 2)) return false;
  return true;
}

}  // namespace

bool has_sound_jpeg_tables(std::string_view file) {
  if (!file.starts_with('\xff')) return true;  // stb_image takes any number of these before the first marker
  for (std::size_t at = 0; at + 1 < file.size();) {
    if (byte_at(file, at++) != 0xFF) continue;
    while (at < file.size() && byte_at(file, at) == 0xFF) ++at;
    if (at == file.size()) return true;
    const unsigned char marker = byte_at(file, at++);
    if (marker == kScan) return are_sound_after_scan(file, at);
    if (marker == kTables && !is_sound(file, at)) return false;
    if (!stands_alone(marker)) at += std::max<std::size_t>(length_at(file, at), 2);
  }
  return true;
}

}  // namespace redraw
