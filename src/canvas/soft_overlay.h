// Soft inpainting in pixels: how much of the original returns, by how much the latent changed.
#pragma once

#include <optional>
#include <vector>

#include "redraw/image.h"
#include "redraw/recipe.h"

namespace redraw {

/// A picture of single numbers, [h, w].
struct Field {
  int width = 0, height = 0;
  std::vector<float> values;
};

/// [2 r + 1, 2 r + 1]: 1 in the middle, 0 at max_radius + 1. golden: ui/soft kernel
std::vector<double> gaussian_kernel(double stddev_radius, int max_radius);

/// For every place the mean of its neighbours between two percentiles, weighted by the kernel.
/// percentile_min, percentile_max  0 to 1; min_width  weight that the window holds at least
/// source A1111 1.10 soft_inpainting.weighted_histogram_filter; golden: ui/soft histogram
Field weighted_histogram_filter(const Field& field, const std::vector<double>& kernel, int max_radius,
                                double percentile_min, double percentile_max, double min_width);

float smootherstep(float x);

/// The mask that the overlay is cut with, from the distance of the latents before and after.
///
/// nmask     latent mask, not rounded, 1 = redraw; distance  length over the channels, same size
/// size      px that the model saw; paste_to  its place in the whole picture (only_masked)
/// whole     size of the whole picture
/// source    A1111 1.10 soft_inpainting.apply_adaptive_masks; golden: ui/soft adaptive
Mask adaptive_mask(const SoftInpainting& soft, const Field& nmask, const Field& distance, Size size,
                   const std::optional<Rect>& paste_to, Size whole);

}  // namespace redraw
