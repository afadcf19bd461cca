// Original pixels kept aside and laid back over the result.
#pragma once

#include <optional>

#include "canvas/enlarge.h"
#include "redraw/image.h"

namespace redraw {

/// Premultiplied RGBA: the picture where the mask is black, transparent where it is white.
Image premultiplied_outside(const Image& image, const Mask& mask);

/// RGBA with straight alpha. source A1111 1.10 img2img init; golden: ui/prepare
Image make_overlay(const Image& image, const Mask& mask_for_overlay);

/// The result under the overlay; with paste_to it is first brought to that place and size (crop).
/// source A1111 1.10 processing.apply_overlay; golden: ui/apply_overlay
Image apply_overlay(const Image& image, const std::optional<Rect>& paste_to, const Image& overlay,
                    const Enlarge& enlarge = {});

}  // namespace redraw
