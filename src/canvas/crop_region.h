// The rectangle that only_masked redraws.
#pragma once

#include <optional>

#include "redraw/image.h"

namespace redraw {

/// Smallest rectangle around all mask values above 0, padded, cut at the borders.
/// padding  px on all four sides, >= 0
/// returns  nullopt if the mask is blank
/// source   A1111 1.10 masking.get_crop_region_v2; golden: ui/crop_region
std::optional<Rect> get_crop_region(const Mask& mask, int padding);

/// The region grown to the proportions of work_size, moved inside the picture, cut where it must.
/// source A1111 1.10 masking.expand_crop_region; golden: ui/crop_region
Rect expand_crop_region(Rect region, Size work_size, Size picture);

}  // namespace redraw
