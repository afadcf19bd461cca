// Pillow's pixel arithmetic: alpha, pasting, compositing, grey; bit for bit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "redraw/image.h"

namespace redraw {

struct Rgb {
  std::uint8_t r = 0, g = 0, b = 0;
  bool operator==(const Rgb&) const = default;
};

/// "#rrggbb" or "#rgb". Errors: kRequest.
Rgb parse_color(std::string_view text);

/// RGBA <-> RGBa; golden: ui/pil_premultiply, ui/pil_unpremultiply.
Image premultiply(const Image& rgba);
Image unpremultiply(const Image& premultiplied);

/// Any picture as RGB (grey repeated, alpha dropped) or grey (Pillow's weights).
Image to_rgb(const Image& image);
Image to_grey(const Image& image);
/// RGB or grey -> RGBA with alpha 255.
Image to_rgba(const Image& image);
Image invert(const Image& image);

/// An RGBA picture pasted on the colour with its alpha as the mask; others as RGB.
Image flatten(const Image& image, Rgb background);

/// Pillow's paste: source at (x, y), cut at the borders; with a mask of the source's size.
void paste(Image& target, const Image& source, int x, int y);
void paste(Image& target, const Image& source, int x, int y, const Mask& mask);

/// image1 where the mask is white, image2 where it is black.
Image composite(const Image& image1, const Image& image2, const Mask& mask);

/// RGBA over RGBA; a source of another size lies in the top left corner.
Image alpha_composite(Image target, const Image& source);

Image crop(const Image& image, const Rect& region);

}  // namespace redraw
