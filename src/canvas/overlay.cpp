// Original pixels kept aside and laid back over the result.
#include "canvas/overlay.h"

#include <utility>

#include "canvas/resize_modes.h"
#include "image/composite.h"

namespace redraw {

Image premultiplied_outside(const Image& image, const Mask& mask) {
  Image result(image.width, image.height, 4);
  paste(result, premultiply(to_rgba(image)), 0, 0, invert(to_grey(mask)));
  return result;
}

Image make_overlay(const Image& image, const Mask& mask_for_overlay) {
  return unpremultiply(premultiplied_outside(image, mask_for_overlay));
}

Image apply_overlay(const Image& image, const std::optional<Rect>& paste_to, const Image& overlay,
                    const Enlarge& enlarge) {
  Image under = to_rgba(image);
  if (paste_to) {
    const Image placed =
        to_rgba(resize_image(to_rgb(image), ResizeMode::kCrop, {paste_to->width(), paste_to->height()}, enlarge));
    under = Image(overlay.width, overlay.height, 4);
    paste(under, placed, paste_to->x1, paste_to->y1);
  }
  return to_rgb(alpha_composite(std::move(under), overlay));
}

}  // namespace redraw
