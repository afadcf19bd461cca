// FLIP: how different two pictures look to somebody who flips between them.
#pragma once

#include "image/filter.h"
#include "redraw/image.h"

namespace redraw {

/// Pixels per degree of a 0.7 m wide 4K screen at 0.7 m: the paper's viewer.
constexpr double kPixelsPerDegree = 67.0206;

/// LDR-FLIP of every pixel, 0 (the same) to 1.
///
/// reference, test  RGB (or RGBA, alpha not looked at) of one size, sRGB
/// source  Andersson, Nilsson, Akenine-Moller, Oskarsson, Astrom, Fairchild 2020, "FLIP: A Difference
///         Evaluator for Alternating Images"; values equal NVIDIA's flip-evaluator 1.7 within 1e-4
Plane flip_map(const Image& reference, const Image& test, double pixels_per_degree = kPixelsPerDegree);

/// Mean of the map; with a mask of the pixels above 0 in it. 0 where there are none.
double mean_of(const Plane& map, const Mask* where = nullptr);

/// The map as grey: 0 black, 1 white.
Image flip_picture(const Plane& map);

}  // namespace redraw
