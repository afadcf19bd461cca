// Masked content "fill": what stands under the mask becomes blurred surroundings.
#pragma once

#include "redraw/image.h"

namespace redraw {

/// RGB of the picture's size. source A1111 1.10 masking.fill; golden: ui/fill
Image fill_masked(const Image& image, const Mask& mask);

}  // namespace redraw
