// Masks: what a mask picture means.
#include "canvas/mask.h"

#include <algorithm>

#include "image/composite.h"
#include "image/resample.h"

namespace redraw {
namespace {

/// Every sample of a line becomes the largest within px of it; the windows double, so that px costs little.
void widen(std::uint8_t* line, int length, int stride, int px) {
  const int whole = 2 * px + 1;
  std::vector<std::uint8_t> window(static_cast<std::size_t>(length + 2 * px));
  const auto sample = [&](int i) -> std::uint8_t& { return line[static_cast<std::ptrdiff_t>(i) * stride]; };
  for (int i = 0; i < length; ++i) window[static_cast<std::size_t>(px + i)] = sample(i);
  for (int width = 1; width < whole;) {
    const int shift = std::min(width, whole - width);
    for (std::size_t i = 0; i + static_cast<std::size_t>(shift) < window.size(); ++i)
      window[i] = std::max(window[i], window[i + static_cast<std::size_t>(shift)]);
    width += shift;
  }
  for (int i = 0; i < length; ++i) sample(i) = window[static_cast<std::size_t>(i)];
}

}  // namespace

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
  Mask result = mask;
  for (int y = 0; y < mask.height; ++y) widen(result.at(0, y), mask.width, 1, px);
  for (int x = 0; x < mask.width; ++x) widen(result.at(x, 0), mask.height, mask.width, px);
  return result;
}

bool is_blank_in_latent(const Mask& mask, bool round) {
  const Image cells = resize_bicubic(mask, {std::max(1, mask.width / 8), std::max(1, mask.height / 8)});
  const std::uint8_t least = round ? 128 : 1;
  return std::all_of(cells.data.begin(), cells.data.end(), [&](std::uint8_t value) { return value < least; });
}

}  // namespace redraw
