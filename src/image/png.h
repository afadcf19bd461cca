// PNG files: pixels and text chunks, in and out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "redraw/image.h"

namespace redraw {

struct TextChunk {
  std::string keyword;
  std::string text;  // UTF-8
};

/// Each text becomes tEXt if it is Latin-1, else iTXt (UTF-8, not compressed), as A1111 writes it.
std::vector<std::uint8_t> encode_png(const Image& image, std::span<const TextChunk> texts);

/// A PNG written row by row, with the texts of encode_png. Throws std::runtime_error with libpng's reason, and what
/// `write` throws.
class PngRows {
 public:
  using Write = std::function<void(std::span<const std::uint8_t> bytes)>;
  PngRows(Size size, int channels, std::span<const TextChunk> texts, Write write);
  ~PngRows();
  PngRows(const PngRows&) = delete;
  PngRows& operator=(const PngRows&) = delete;

  void push(const std::uint8_t* row);
  void finish();  // after the last row
  void finish(std::span<const std::uint8_t> deflated_rows);  // without any push: all rows, filtered and deflated

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Grey, RGB or RGBA as Pillow would make them. Throws std::runtime_error with libpng's reason.
Image decode_png(std::string_view bytes);
Size png_size(std::string_view bytes);  // {0, 0} is never returned; throws as decode_png

/// tEXt, zTXt and iTXt by keyword, as UTF-8; the first of a keyword counts.
std::map<std::string, std::string> png_texts(std::string_view bytes);

/// The eXIf chunk as libexif takes it ("Exif\0\0" before it), or empty.
std::string png_exif(std::string_view bytes);
/// The same out of the end of a file, where some programs write it behind the pixels.
std::string png_exif_of_tail(std::string_view tail);

}  // namespace redraw
