// The two blurs of A1111: Pillow's GaussianBlur and the mask blur of OpenCV, bit for bit.
#pragma once

#include "redraw/image.h"

namespace redraw {

/// Pillow's ImageFilter.GaussianBlur: three box blurs along x, then three along y.
/// radius  px, >= 0 (0: no change); golden: ui/pil_gaussian_blur
Image gaussian_blur(const Image& image, float radius);

/// cv2.GaussianBlur along x with sigma x, then along y with sigma y, each rounded to 8 bits.
/// x, y  px, >= 0 (0: not in that direction); golden: ui/mask_blur
Mask blur_mask(const Mask& mask, double x, double y);

}  // namespace redraw
