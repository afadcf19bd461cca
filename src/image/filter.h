// Separable filters over one plane of floats.
#pragma once

#include <vector>

namespace redraw {

/// One channel, row by row.
struct Plane {
  int width = 0, height = 0;
  std::vector<float> data;

  Plane(int w, int h) : width(w), height(h), data(static_cast<std::size_t>(w) * static_cast<std::size_t>(h)) {}
  float* row(int y) { return data.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width); }
  const float* row(int y) const { return data.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width); }
};

/// Correlation with `across` along x, then `down` along y; kernels of odd length; the plane's edge is
/// continued with its last values.
Plane filter(const Plane& plane, const std::vector<double>& across, const std::vector<double>& down);

}  // namespace redraw
