// Masks: what a mask picture means.
#include "canvas/mask.h"

#include <algorithm>

#include "image/composite.h"
#include "image/resample.h"

namespace redraw {

Mask create_binary_mask(const Image& image, bool round) {
  if (image.channels != 4) return to_grey(image);
  Mask alpha(image.width, image.height, 1);
  bool transparent = false;
  for (std::size_t i = 0; i < alpha.data.size(); ++i) {
    alpha.data[i] = image.data[4 * i + 3];
    transparent = transparent || alpha.data[i] != 255;
  }
  if (!transparent) return to_grey(to_rgb(image));
  if (round)
    for (std::uint8_t& value : alpha.data) value = value > 128 ? 255 : 0;
  return alpha;
}

Mask grow_mask(const Mask& mask, int px) {
  if (px < 0) return invert(grow_mask(invert(mask), -px));
  const auto window = [px](const Mask& from, bool along_x) {
    Mask result = from;
    const int length = along_x ? from.width : from.height;
    for (int y = 0; y < from.height; ++y)
      for (int x = 0; x < from.width; ++x) {
        const int at = along_x ? x : y;
        for (int i = std::max(0, at - px); i <= std::min(length - 1, at + px); ++i)
          *result.at(x, y) = std::max(*result.at(x, y), *(along_x ? from.at(i, y) : from.at(x, i)));
      }
    return result;
  };
  return window(window(mask, true), false);
}

bool is_blank_in_latent(const Mask& mask, bool round) {
  const Image cells = resize_bicubic(mask, {std::max(1, mask.width / 8), std::max(1, mask.height / 8)});
  const std::uint8_t least = round ? 128 : 1;
  return std::all_of(cells.data.begin(), cells.data.end(), [&](std::uint8_t value) { return value < least; });
}

}  // namespace redraw
