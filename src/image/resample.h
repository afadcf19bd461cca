// Resizing as Pillow does it, bit for bit.
#pragma once

#include "redraw/image.h"

namespace redraw {

/// Part of the source that is resized, px; may be empty in one direction (then it is the edge).
struct Box {
  double x1 = 0, y1 = 0, x2 = 0, y2 = 0;
};

/// Pillow's Image.resize: rows, then columns, 8 bits in between; a direction that keeps its size is
/// left out. RGBA (straight alpha) is resized premultiplied, as Pillow does.
///
/// size    px, >= 1
/// source  Pillow 10 (libImaging/Resample.c); golden: ui/resize, ui/pil_resize_bicubic
Image resize_lanczos(const Image& image, Size size);
Image resize_bicubic(const Image& image, Size size);
Image resize_bicubic(const Image& image, Size size, const Box& box);
Image resize_nearest(const Image& image, Size size);

}  // namespace redraw
