// Colour correction: LAB histogram matching, then the luminosity of the picture itself.
#pragma once

#include "redraw/image.h"

namespace redraw {

/// 8-bit sRGB <-> 8-bit LAB, [H, W, 3]; L in 0..255, a and b around 128.
/// source OpenCV 4 (COLOR_RGB2LAB, COLOR_LAB2RGB), equal for all 16.7 million colours
Image rgb_to_lab(const Image& rgb);
Image lab_to_rgb(const Image& lab);

/// The values of `image` moved, channel by channel, to the distribution of `target`'s; sizes may differ.
/// source skimage.exposure.match_histograms, truncated to 8 bits
Image match_histograms(const Image& image, const Image& target);

/// RGB `image` with the colours of `target` and its own luminosity.
/// target  the picture as it went to the encoder
/// source  A1111 1.10 processing.apply_color_correction; golden: ui/color_correction
Image correct_colors(const Image& image, const Image& target);

}  // namespace redraw
