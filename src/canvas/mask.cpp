// Masks: what a mask picture means.
#include "canvas/mask.h"

#include "image/composite.h"

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

}  // namespace redraw
