// The resize modes: just, crop, fill.
#pragma once

#include "canvas/enlarge.h"
#include "redraw/image.h"
#include "redraw/recipe.h"

namespace redraw {

/// just: to the size as it is; crop: scaled to cover, the rest cut; fill: scaled to fit, the rest
/// filled with the colours at the edges. crop and fill give RGB even for a grey picture.
///
/// enlarge  an upscaler's pass for colour pictures that grow; none: Lanczos
/// source A1111 1.10 images.resize_image (Pillow LANCZOS); golden: ui/resize
Image resize_image(const Image& image, ResizeMode mode, Size size, const Enlarge& enlarge = {});

/// int(side * factor) of both sides; not rounded to 8. golden: ui/scale_by
Size scaled_by(Size size, double factor);

}  // namespace redraw
