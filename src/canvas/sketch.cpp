// Coloured strokes over the picture, and strokes that are also the mask.
#include "canvas/sketch.h"

#include <algorithm>
#include <string>

#include "image/blur.h"
#include "image/composite.h"
#include "redraw/error.h"

namespace redraw {
namespace {

std::string text_of(Size size) { return std::to_string(size.width) + "x" + std::to_string(size.height); }

/// Pillow's ImageEnhance.Brightness on a black and white mask.
std::uint8_t dimmed(double transparency) { return static_cast<std::uint8_t>(255 * (1 - transparency / 100)); }

}  // namespace

Image apply_sketch(const Image& picture, const Image& sketch) {
  if (sketch.size() != picture.size())
    throw Error(ErrorKind::kRequest, "the sketch has another size than the picture", "sketch",
                "the sketch is " + text_of(sketch.size()) + " and the picture " + text_of(picture.size()),
                "draw the strokes on a layer of the picture's size");
  if (sketch.channels != 4) return to_rgb(sketch);
  return to_rgb(alpha_composite(to_rgba(to_rgb(picture)), sketch));
}

InpaintSketch inpaint_sketch(const Image& picture, const Image& sketch, double mask_transparency, double mask_blur) {
  InpaintSketch result{Image(), Mask(picture.width, picture.height, 1)};
  const std::uint8_t white = dimmed(mask_transparency);
  for (std::size_t i = 0; i < result.mask.data.size(); ++i) {
    const bool same = std::equal(&picture.data[3 * i], &picture.data[3 * i] + 3, &sketch.data[3 * i]);
    if (!same) result.mask.data[i] = white;
  }
  const auto radius = static_cast<float>(mask_blur);
  result.image = composite(gaussian_blur(sketch, radius), picture, gaussian_blur(result.mask, radius));
  return result;
}

}  // namespace redraw
