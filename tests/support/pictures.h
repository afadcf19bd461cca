// Small pictures for tests: noise by a fixed rule, and squares as masks.
#pragma once

#include "redraw/image.h"

namespace redraw::test {

/// Every sample differs from its neighbours; the same for the same salt.
inline Image noisy_image(int width, int height, int channels, unsigned salt = 1) {
  Image image(width, height, channels);
  unsigned state = salt * 2654435761U + 12345U;
  for (std::uint8_t& value : image.data) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<std::uint8_t>(state >> 24);
  }
  return image;
}

/// 255 inside the rectangle, 0 outside.
inline Mask square_mask(Size size, const Rect& box) {
  Mask mask(size.width, size.height, 1);
  for (int y = box.y1; y < box.y2; ++y)
    for (int x = box.x1; x < box.x2; ++x) *mask.at(x, y) = 255;
  return mask;
}

}  // namespace redraw::test
