// SSIM: structural similarity of two pictures.
#pragma once

#include <optional>

#include "redraw/image.h"

namespace redraw {

/// Mean SSIM of the luma (0.299 R + 0.587 G + 0.114 B): Gaussian window of 11 x 11, sigma 1.5, K1 0.01,
/// K2 0.03, range 255, over every window that lies inside the picture; 1 for equal pictures.
/// where    windows whose centre is above 0 count; nullptr: all
/// returns  nullopt where no window counts (pictures below 11 px)
/// source   Wang, Bovik, Sheikh, Simoncelli 2004, "Image quality assessment", eq. 13
std::optional<double> ssim(const Image& a, const Image& b, const Mask* where = nullptr);

}  // namespace redraw
