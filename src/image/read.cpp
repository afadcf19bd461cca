// Reading pictures: PNG by libpng (Pillow's rules for odd kinds), WebP by libwebp, the rest by stb_image.
#include "image/read.h"

#include <libexif/exif-data.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <memory>
#include <string_view>

#include "base/files.h"
#include "base/text.h"
#include "image/exif_text.h"
#include "image/jpeg_tables.h"
#include "image/png.h"
#include "image/webp.h"
#include "redraw/error.h"

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#endif
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_FAILURE_USERMSG
#define STBI_NO_PSD
#define STBI_NO_HDR
#define STBI_NO_PIC
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb_image.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

namespace redraw {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 7> kSuffixes = {".png", ".jpg", ".jpeg", ".bmp", ".tga", ".gif", ".webp"};

struct Magic { std::string_view bytes; const char* why; };
constexpr std::array<Magic, 6> kNotReadable = {{
    {"RIFF", "it is a RIFF file that is no WebP"},
    {"II*\0", "it is a TIFF file, which redraw does not read"},
    {"MM\0*", "it is a TIFF file, which redraw does not read"},
    {"<", "it is a text file (HTML, XML or SVG)"},
    {"PK", "it is a zip archive"},
    {"%PDF", "it is a PDF"},
}};

[[noreturn]] void fail(const fs::path& path, const std::string& why, const std::string& fix) {
  throw Error(ErrorKind::kFile, "cannot read the picture \"" + path.string() + "\"", path.string(), why, fix);
}

bool is_png(std::string_view bytes) { return bytes.starts_with("\x89PNG\r\n\x1a\n"); }

std::string reason(std::string_view bytes) {
  if (bytes.empty()) return "it is empty";
  for (const Magic& magic : kNotReadable)
    if (bytes.starts_with(std::string_view(magic.bytes.data(), magic.bytes.size()))) return magic.why;
  const char* stb = stbi_failure_reason();
  return stb == nullptr ? "it is no picture" : std::string("the decoder says: ") + stb;
}

void check_size(const fs::path& path, Size size) {
  const long long pixels = static_cast<long long>(size.width) * size.height;
  if (size.width > kMaxSide || size.height > kMaxSide || pixels > kMaxPixels)
    fail(path, "it has " + std::to_string(size.width) + "x" + std::to_string(size.height) +
                   " pixels; the limit is 268 megapixels and 32768 a side",
         "shrink it, or cut it into parts");
}

int orientation_of(const unsigned char* data, std::size_t size) {
  const std::unique_ptr<ExifData, decltype(&exif_data_unref)> exif(
      exif_data_new_from_data(data, static_cast<unsigned>(size)), exif_data_unref);
  if (!exif) return 1;
  const ExifEntry* entry = exif_content_get_entry(exif->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
  if (entry == nullptr || entry->size < 2) return 1;
  return exif_get_short(entry->data, exif_data_get_byte_order(exif.get()));
}

/// EXIF 1..8 -> an upright picture: each target pixel says where it comes from.
Image upright(const Image& image, int orientation) {
  if (orientation < 2 || orientation > 8) return image;
  const int w = image.width, h = image.height;
  const bool turned = orientation >= 5;
  Image result(turned ? h : w, turned ? w : h, image.channels);
  for (int y = 0; y < result.height; ++y)
    for (int x = 0; x < result.width; ++x) {
      int sx = turned ? y : x, sy = turned ? x : y;
      if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8) sx = w - 1 - sx;
      if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7) sy = h - 1 - sy;
      std::copy_n(image.at(sx, sy), image.channels, result.at(x, y));
    }
  return result;
}

int orientation_of_exif(const std::string& exif) {
  return exif.empty() ? 1 : orientation_of(reinterpret_cast<const unsigned char*>(exif.data()), exif.size());
}

int orientation_of_file(std::string_view bytes) {
  if (is_png(bytes)) return orientation_of_exif(png_exif(bytes));
  if (is_webp(bytes)) return orientation_of_exif(exif_block(bytes));
  if (!bytes.starts_with("\xff\xd8")) return 1;
  return orientation_of(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

void check_tables(const fs::path& path, const std::string& bytes) {
  if (!has_sound_jpeg_tables(bytes))
    fail(path, "a Huffman table has more codes than there can be", "the file is damaged: fetch or export it again");
}

/// What stb reads from. It takes missing bytes for zeros in GIF, BMP and TGA, so the want of more is kept.
struct ByteSource {
  std::string_view left;
  bool wanted_more = false;
};

constexpr int kStbBuffer = 128;  // stb asks for this much ahead; a shorter rest is no sign of a cut

int read_some(void* user, char* data, int size) {
  auto& source = *static_cast<ByteSource*>(user);
  const auto wanted = static_cast<std::size_t>(size), count = std::min(wanted, source.left.size());
  std::memcpy(data, source.left.data(), count);
  source.left.remove_prefix(count);
  source.wanted_more = source.wanted_more || count == 0 || (count < wanted && size != kStbBuffer);
  return static_cast<int>(count);
}

void skip_some(void* user, int size) {
  auto& source = *static_cast<ByteSource*>(user);
  const auto wanted = static_cast<std::size_t>(std::max(size, 0));
  source.wanted_more = source.wanted_more || wanted > source.left.size();
  source.left.remove_prefix(std::min(wanted, source.left.size()));
}

int at_end(void* user) { return static_cast<ByteSource*>(user)->left.empty() ? 1 : 0; }

Image decode_with_stb(const fs::path& path, const std::string& bytes) {
  const auto* data = reinterpret_cast<const stbi_uc*>(bytes.data());
  const int length = static_cast<int>(bytes.size());
  int width = 0, height = 0, channels = 0;
  check_tables(path, bytes);
  if (stbi_info_from_memory(data, length, &width, &height, &channels) == 0)
    fail(path, reason(bytes), "convert it to PNG or JPEG");
  check_size(path, {width, height});
  const int wanted = channels == 2 ? 1 : channels;  // A1111 drops the alpha of grey pictures
  const stbi_io_callbacks callbacks{read_some, skip_some, at_end};
  ByteSource source{bytes};
  const std::unique_ptr<stbi_uc, decltype(&stbi_image_free)> pixels(
      stbi_load_from_callbacks(&callbacks, &source, &width, &height, &channels, wanted), stbi_image_free);
  const char* const kAgain = "the file is damaged or cut short: fetch or export it again";
  if (source.wanted_more) fail(path, "the file ends too early", kAgain);
  if (!pixels) fail(path, reason(bytes), kAgain);
  Image image(width, height, wanted);
  std::memcpy(image.data.data(), pixels.get(), image.data.size());
  return image;
}

/// f(), with what libpng or libwebp says as this file's Error.
template <typename F>
auto as_error(const fs::path& path, F f) -> decltype(f()) {
  try {
    return f();
  } catch (const Error&) {
    throw;
  } catch (const std::runtime_error& error) {
    fail(path, std::string("the decoder says: ") + error.what(),
         "the file is damaged or cut short: fetch or export it again");
  }
}

constexpr std::size_t kHead = 1 << 17;  // bytes; an EXIF block has 64 KB at most

std::string read_some(std::ifstream& file) {
  std::string bytes(kHead, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, file.gcount())));
  return bytes;
}

std::string read_bytes(const fs::path& path) {
  std::string bytes = read_file(path);
  if (bytes.size() > 0x7fffffff) fail(path, "it has more than 2 GB", "shrink it");
  return bytes;
}

}  // namespace

Image read_image(const fs::path& path) {
  const std::string bytes = read_bytes(path);
  Image image;
  if (is_png(bytes)) {
    image = as_error(path, [&] {
      check_size(path, png_size(bytes));
      return decode_png(bytes);
    });
  } else if (is_webp(bytes)) {
    image = as_error(path, [&] {
      check_size(path, webp_size(bytes));
      return decode_webp(bytes);
    });
  } else {
    image = decode_with_stb(path, bytes);
  }
  return upright(image, orientation_of_file(bytes));
}

Size picture_size(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes = read_some(file);
  Size size;
  int channels = 0;
  const auto has_info = [&] {
    check_tables(path, bytes);
    return stbi_info_from_memory(reinterpret_cast<const stbi_uc*>(bytes.data()), static_cast<int>(bytes.size()),
                                 &size.width, &size.height, &channels) != 0;
  };
  if (is_png(bytes)) {
    size = as_error(path, [&] { return png_size(bytes); });
  } else if (is_webp(bytes)) {
    if (webp_has_exif(bytes)) bytes = read_bytes(path);
    size = as_error(path, [&] { return webp_size(bytes); });
  } else if (!has_info()) {
    bytes = read_bytes(path);  // some JPEGs give their size late
    if (!has_info()) fail(path, reason(bytes), "convert it to PNG or JPEG");
  }
  check_size(path, size);
  int orientation = orientation_of_file(bytes);
  if (is_png(bytes) && orientation == 1 && bytes.size() == kHead) {
    file.seekg(-static_cast<std::streamoff>(kHead), std::ios::end);
    orientation = orientation_of_exif(png_exif_of_tail(read_some(file)));
  }
  return orientation >= 5 && orientation <= 8 ? Size{size.height, size.width} : size;
}

bool has_picture_suffix(const fs::path& path) {
  const std::string suffix = to_lower(path.extension().string());
  return std::find(kSuffixes.begin(), kSuffixes.end(), suffix) != kSuffixes.end();
}

}  // namespace redraw
