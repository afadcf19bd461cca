// Pillow's pixel arithmetic in integers.
#include "image/composite.h"

#include <algorithm>
#include <vector>

#include "redraw/error.h"

namespace redraw {
namespace {

/// Rounded division by 255.
constexpr int div255(int t) { return (((t + 128) >> 8) + t + 128) >> 8; }
std::uint8_t u8(int value) { return static_cast<std::uint8_t>(value); }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// A function of two bytes, worked out once: divisions are what these loops would spend their time on.
template <typename T>
class ByteTable {
 public:
  template <typename F>
  explicit ByteTable(F function) : values_(65536) {
    for (int a = 0; a < 256; ++a)
      for (int b = 0; b < 256; ++b) values_[static_cast<std::size_t>(256 * a + b)] = function(a, b);
  }
  T operator()(std::uint8_t a, std::uint8_t b) const { return values_[256U * a + b]; }

 private:
  std::vector<T> values_;
};

template <typename F>
Image map_pixels(const Image& image, int channels, F convert) {
  Image result(image.width, image.height, channels);
  const std::size_t count = image.data.size() / static_cast<std::size_t>(std::max(1, image.channels));
  for (std::size_t i = 0; i < count; ++i)
    convert(image.data.data() + i * static_cast<std::size_t>(image.channels),
            result.data.data() + i * static_cast<std::size_t>(channels));
  return result;
}

void blend(std::uint8_t* target, const std::uint8_t* source, int channels, int mask) {
  for (int c = 0; c < channels; ++c) target[c] = u8(div255(target[c] * (255 - mask) + source[c] * mask));
}

}  // namespace

Rgb parse_color(std::string_view text) {
  std::string digits(text.substr(text.empty() || text[0] != '#' ? 0 : 1));
  if (digits.size() == 3) digits = {digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]};
  const bool ok =
      digits.size() == 6 && std::all_of(digits.begin(), digits.end(), [](char c) { return hex_digit(c) >= 0; });
  if (!ok)
    throw Error(ErrorKind::kRequest, "\"" + std::string(text) + "\" is not a colour", "",
                "colours are written #rrggbb", "for white: \"#ffffff\"");
  const auto byte = [&](std::size_t i) { return u8(hex_digit(digits[i]) * 16 + hex_digit(digits[i + 1])); };
  return {byte(0), byte(2), byte(4)};
}

Image premultiply(const Image& rgba) {
  return map_pixels(rgba, 4, [](const std::uint8_t* s, std::uint8_t* t) {
    for (int c = 0; c < 3; ++c) t[c] = u8(div255(s[c] * s[3]));
    t[3] = s[3];
  });
}

Image unpremultiply(const Image& premultiplied) {
  static const ByteTable<std::uint8_t> straight([](int alpha, int value) {
    return alpha == 0 || alpha == 255 ? u8(value) : u8(std::min(255, 255 * value / alpha));
  });
  return map_pixels(premultiplied, 4, [](const std::uint8_t* s, std::uint8_t* t) {
    for (int c = 0; c < 3; ++c) t[c] = straight(s[3], s[c]);
    t[3] = s[3];
  });
}

Image to_rgb(const Image& image) {
  if (image.channels == 3) return image;
  const bool grey = image.channels == 1;
  return map_pixels(image, 3, [grey](const std::uint8_t* s, std::uint8_t* t) {
    for (int c = 0; c < 3; ++c) t[c] = s[grey ? 0 : c];
  });
}

Image to_grey(const Image& image) {
  if (image.channels == 1) return image;
  return map_pixels(image, 1, [](const std::uint8_t* s, std::uint8_t* t) {
    t[0] = u8((19595 * s[0] + 38470 * s[1] + 7471 * s[2] + 32768) >> 16);
  });
}

Image to_rgba(const Image& image) {
  if (image.channels == 4) return image;
  const bool grey = image.channels == 1;
  return map_pixels(image, 4, [grey](const std::uint8_t* s, std::uint8_t* t) {
    for (int c = 0; c < 3; ++c) t[c] = s[grey ? 0 : c];
    t[3] = 255;
  });
}

Image invert(const Image& image) {
  Image result = image;
  for (std::uint8_t& value : result.data) value = u8(255 - value);
  return result;
}

Image flatten(const Image& image, Rgb background) {
  if (image.channels != 4) return to_rgb(image);
  return map_pixels(image, 3, [&](const std::uint8_t* s, std::uint8_t* t) {
    t[0] = background.r;
    t[1] = background.g;
    t[2] = background.b;
    blend(t, s, 3, s[3]);
  });
}

void paste(Image& target, const Image& source, int x, int y) {
  REDRAW_CHECK(target.channels == source.channels, "paste needs pictures of one kind");
  const int x1 = std::max(0, x), x2 = std::min(target.width, x + source.width);
  for (int row = std::max(0, y); row < std::min(target.height, y + source.height) && x1 < x2; ++row)
    std::copy_n(source.at(x1 - x, row - y), (x2 - x1) * source.channels, target.at(x1, row));
}

void paste(Image& target, const Image& source, int x, int y, const Mask& mask) {
  REDRAW_CHECK(target.channels == source.channels && mask.size() == source.size(), "paste needs one kind");
  for (int row = std::max(0, y); row < std::min(target.height, y + source.height); ++row)
    for (int column = std::max(0, x); column < std::min(target.width, x + source.width); ++column)
      blend(target.at(column, row), source.at(column - x, row - y), target.channels,
            *mask.at(column - x, row - y));
}

Image composite(const Image& image1, const Image& image2, const Mask& mask) {
  Image result = image2;
  paste(result, image1, 0, 0, mask);
  return result;
}

Image alpha_composite(Image target, const Image& source) {
  static const ByteTable<std::uint16_t> share([](int over, int under) {  // of the source, in 1 / (255 * 128)
    const int out = over * 255 + under * (255 - over);
    return static_cast<std::uint16_t>(out == 0 ? 0 : over * 255 * 255 * 128 / out);
  });
  const auto shift = [](int t) { return ((t >> 8) + t) >> 8; };
  for (int y = 0; y < std::min(target.height, source.height); ++y) {
    for (int x = 0; x < std::min(target.width, source.width); ++x) {
      const std::uint8_t* s = source.at(x, y);
      std::uint8_t* t = target.at(x, y);
      if (s[3] == 0) continue;
      if (s[3] == 255) {  // what the arithmetic below gives, too
        std::copy_n(s, 4, t);
        continue;
      }
      const int k1 = share(s[3], t[3]), k2 = 255 * 128 - k1;
      for (int c = 0; c < 3; ++c) t[c] = u8(shift(s[c] * k1 + t[c] * k2 + (128 << 7)) >> 7);
      t[3] = u8(shift(s[3] * 255 + t[3] * (255 - s[3]) + 128));
    }
  }
  return target;
}

Image crop(const Image& image, const Rect& region) {
  Image result(region.width(), region.height(), image.channels);
  paste(result, image, -region.x1, -region.y1);
  return result;
}

}  // namespace redraw
