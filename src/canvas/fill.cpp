// Masked content "fill": what stands under the mask becomes blurred surroundings.
#include "canvas/fill.h"

#include <utility>

#include "canvas/overlay.h"
#include "image/blur.h"
#include "image/composite.h"

namespace redraw {
namespace {

struct Layer {
  float radius;
  int repeats;
};
constexpr Layer kLayers[] = {{256, 1}, {64, 1}, {16, 2}, {4, 4}, {2, 2}, {0, 1}};  // A1111's

}  // namespace

Image fill_masked(const Image& image, const Mask& mask) {
  const Image kept = premultiplied_outside(image, mask);
  Image result(image.width, image.height, 4);
  for (const Layer& layer : kLayers) {
    const Image blurred = unpremultiply(gaussian_blur(kept, layer.radius));
    for (int i = 0; i < layer.repeats; ++i) result = alpha_composite(std::move(result), blurred);
  }
  return to_rgb(result);
}

}  // namespace redraw
