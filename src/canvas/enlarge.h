// Enlarging as A1111 does it: passes of an upscaler until the size is reached, then Lanczos. TABLE of pixel upscalers.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "redraw/image.h"

namespace redraw {

/// One pass over an RGB picture; a network gives its own factor whatever is asked.
using Enlarge = std::function<Image(const Image& image, double scale)>;

/// An upscaler without weights.
struct PixelUpscaler {
  std::string_view name, label, help;
  Image (*pass)(const Image& image, double scale);  // nullptr: none, plain resizing
};
std::span<const PixelUpscaler> pixel_upscalers();
/// By name or label, case ignored; nullptr if there is none.
const PixelUpscaler* find_pixel_upscaler(std::string_view name);

/// At most three passes until both sides are long enough, then Lanczos to int(side * scale) rounded down to a
/// multiple of 8. source A1111 1.10 Upscaler.upscale; golden: models/upscale_to_scale
Image enlarge_by(const Image& image, double scale, const Enlarge& pass);

/// enlarge_by the larger factor of both sides where one grows, then Lanczos to the size. Without a pass, and for
/// grey pictures, Lanczos alone. source A1111 1.10 images.resize_image; golden: ui/resize
Image enlarge_to(const Image& image, Size size, const Enlarge& pass);

}  // namespace redraw
