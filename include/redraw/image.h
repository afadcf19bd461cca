// Pictures and masks in plain memory, sizes and rectangles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace redraw {

struct Size {
  int width = 0;
  int height = 0;
  bool operator==(const Size&) const = default;
};

/// Half-open: x1 <= x < x2, y1 <= y < y2.
struct Rect {
  int x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  int width() const { return x2 - x1; }
  int height() const { return y2 - y1; }
  bool operator==(const Rect&) const = default;
};

/// 8-bit samples, [H, W, C] without padding; C is 1 (grey), 3 (RGB) or 4 (RGBA, straight alpha
/// unless a function says premultiplied).
struct Image {
  int width = 0;
  int height = 0;
  int channels = 0;
  std::vector<std::uint8_t> data;

  Image() = default;
  Image(int w, int h, int c, std::uint8_t value = 0)
      : width(w), height(h), channels(c),
        data(static_cast<std::size_t>(w) * static_cast<std::size_t>(h) *
                 static_cast<std::size_t>(c), value) {}
  Size size() const { return {width, height}; }
  bool empty() const { return data.empty(); }
  std::uint8_t* at(int x, int y) { return data.data() + offset(x, y); }
  const std::uint8_t* at(int x, int y) const { return data.data() + offset(x, y); }
  bool operator==(const Image&) const = default;

 private:
  std::size_t offset(int x, int y) const {
    return (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
            static_cast<std::size_t>(x)) * static_cast<std::size_t>(channels);
  }
};

/// An Image of one channel: 255 = redraw, 0 = keep; always this way round.
using Mask = Image;

}  // namespace redraw
