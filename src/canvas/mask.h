// Masks: what a mask picture means.
#pragma once

#include "redraw/image.h"

namespace redraw {

/// RGBA with some transparency: the alpha (round: 255 where > 128, else 0); any other picture: its
/// grey values as they are. source A1111 1.10 create_binary_mask; golden: ui/create_binary_mask
Mask create_binary_mask(const Image& image, bool round = true);

/// Every masked place grown by a square of px on each side; a negative px shrinks. Ours: A1111 has none.
Mask grow_mask(const Mask& mask, int px);

/// No latent cell (8x8 px) will be redrawn: the mask is black, too small or too dark for one.
/// mask   at the size that the model sees; round  cells below 50 % count as none (not with soft inpainting)
bool is_blank_in_latent(const Mask& mask, bool round);

}  // namespace redraw
