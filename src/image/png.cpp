// Reading PNG files: pixels through libpng, texts and EXIF out of their chunks.
#include "image/png.h"

#include <zlib.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <stdexcept>

#include "image/libpng.h"

namespace redraw {
namespace {

constexpr std::size_t kMaxText = 64U << 20;

struct Source { std::string_view rest; };

void read_bytes(png_structp png, png_bytep target, std::size_t count) {
  auto* source = static_cast<Source*>(png_get_io_ptr(png));
  if (source->rest.size() < count) png_error(png, "the file ends too early");
  std::memcpy(target, source->rest.data(), count);
  source->rest.remove_prefix(count);
}

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string from_latin1(std::string_view latin1) {
  std::string utf8;
  for (const char c : latin1) {
    const auto u = static_cast<unsigned char>(c);
    if (u < 0x80) { utf8 += c; continue; }
    utf8 += static_cast<char>(0xC0 | u >> 6);
    utf8 += static_cast<char>(0x80 | (u & 0x3F));
  }
  return utf8;
}

std::string inflate_text(std::string_view packed) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return "";
  std::string text;
  char buffer[16384];
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  int status = Z_OK;
  while (status == Z_OK && text.size() < kMaxText) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = sizeof buffer;
    status = inflate(&stream, Z_NO_FLUSH);
    text.append(buffer, sizeof buffer - stream.avail_out);
  }
  inflateEnd(&stream);
  return status == Z_STREAM_END ? text : "";
}

/// One chunk after the other: f(type, data) until it returns false.
template <typename F>
void walk_chunks(std::string_view bytes, F f) {
  bytes.remove_prefix(std::min<std::size_t>(8, bytes.size()));
  while (bytes.size() >= 12) {
    const std::uint32_t length = big_endian(bytes);
    if (length > bytes.size() - 12) return;
    if (!f(bytes.substr(4, 4), bytes.substr(8, length))) return;
    bytes.remove_prefix(12 + static_cast<std::size_t>(length));
  }
}

/// libpng takes the memory that a chunk before the pixels claims, and only then reads it: whether one reaches beyond
/// the file.
bool claims_too_much(std::string_view bytes) {
  bytes.remove_prefix(std::min<std::size_t>(8, bytes.size()));
  while (bytes.size() >= 8 && bytes.substr(4, 4) != "IDAT") {
    const std::uint64_t whole = std::uint64_t{big_endian(bytes)} + 12;
    if (whole > bytes.size()) return true;
    bytes.remove_prefix(whole);
  }
  return false;
}

std::string chunk_text(std::string_view type, std::string_view rest) {
  if (type == "tEXt") return from_latin1(rest);
  if (type == "zTXt") return rest.empty() ? "" : from_latin1(inflate_text(rest.substr(1)));
  if (rest.size() < 2) return "";
  const bool packed = rest[0] == 1;
  rest.remove_prefix(2);
  for (int i = 0; i < 2; ++i) {  // language, translated keyword
    const auto end = rest.find('\0');
    if (end == std::string_view::npos) return "";
    rest.remove_prefix(end + 1);
  }
  return packed ? inflate_text(rest) : std::string(rest);
}

/// Pillow's kinds: 16-bit grey is clipped, other 16-bit loses its low byte, palettes become RGB(A).
void set_transformations(png_structp png, png_infop info) {
  const auto type = png_get_color_type(png, info);
  if (png_get_bit_depth(png, info) == 16 && type != PNG_COLOR_TYPE_GRAY) png_set_strip_16(png);
  if (type == PNG_COLOR_TYPE_PALETTE) {
    png_set_palette_to_rgb(png);
    if (png_get_valid(png, info, PNG_INFO_tRNS) != 0) png_set_tRNS_to_alpha(png);
  }
  if (type == PNG_COLOR_TYPE_GRAY && png_get_bit_depth(png, info) < 8) png_set_expand_gray_1_2_4_to_8(png);
  if (type == PNG_COLOR_TYPE_GRAY_ALPHA) png_set_strip_alpha(png);  // A1111 drops the alpha of grey pictures
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
}

Image clip_16_bit(const Image& wide, int width) {  // big-endian pairs -> min(value, 255)
  Image image(width, wide.height, 1);
  for (std::size_t i = 0; i < image.data.size(); ++i)
    image.data[i] = wide.data[2 * i] != 0 ? 255 : wide.data[2 * i + 1];
  return image;
}

}  // namespace

Image decode_png(std::string_view bytes) {
  std::string message;
  Source source{bytes};
  Image image;
  std::vector<png_bytep> rows;
  bool wide = false;
  int width = 0;
  if (claims_too_much(bytes)) throw std::runtime_error("the file ends too early");
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &message, png_jump, png_ignore);
  png_infop info = png_create_info_struct(png);
  if (setjmp(png_jmpbuf(png)) != 0) {
    png_destroy_read_struct(&png, &info, nullptr);
    throw std::runtime_error(message);
  }
  png_set_read_fn(png, &source, read_bytes);
  png_set_user_limits(png, 65535, 65535);
  png_read_info(png, info);
  set_transformations(png, info);
  width = static_cast<int>(png_get_image_width(png, info));
  wide = png_get_bit_depth(png, info) == 16;
  image = Image(wide ? 2 * width : width, static_cast<int>(png_get_image_height(png, info)),
                static_cast<int>(png_get_channels(png, info)));
  for (int y = 0; y < image.height; ++y) rows.push_back(image.at(0, y));
  png_read_image(png, rows.data());
  png_destroy_read_struct(&png, &info, nullptr);
  return wide ? clip_16_bit(image, width) : image;
}

Size png_size(std::string_view bytes) {
  if (bytes.size() < 24 || bytes.substr(12, 4) != "IHDR") throw std::runtime_error("the file ends too early");
  const auto width = big_endian(bytes.substr(16)), height = big_endian(bytes.substr(20));
  if (width == 0 || height == 0 || width > 0x7fffffffU || height > 0x7fffffffU)
    throw std::runtime_error("its header gives no sensible size");
  return {static_cast<int>(width), static_cast<int>(height)};
}

std::map<std::string, std::string> png_texts(std::string_view bytes) {
  std::map<std::string, std::string> texts;
  walk_chunks(bytes, [&](std::string_view type, std::string_view data) {
    if (type != "tEXt" && type != "zTXt" && type != "iTXt") return true;
    const auto end = data.find('\0');
    if (end != std::string_view::npos)
      texts.emplace(std::string(data.substr(0, end)), chunk_text(type, data.substr(end + 1)));
    return true;
  });
  return texts;
}

std::string png_exif(std::string_view bytes) {
  std::string exif;
  walk_chunks(bytes, [&](std::string_view type, std::string_view data) {
    if (type == "eXIf") exif = std::string("Exif\0\0", 6) + std::string(data);
    return exif.empty();
  });
  return exif;
}

std::string png_exif_of_tail(std::string_view tail) {
  const std::size_t type = tail.rfind("eXIf");
  if (type == std::string_view::npos || type < 4) return "";
  std::size_t length = 0;
  for (std::size_t i = type - 4; i < type; ++i) length = length << 8 | static_cast<unsigned char>(tail[i]);
  if (length > tail.size() - type - 4) return "";
  return std::string("Exif\0\0", 6) + std::string(tail.substr(type + 4, length));
}

}  // namespace redraw
