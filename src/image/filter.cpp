// Separable filters over one plane of floats.
#include "image/filter.h"

#include <algorithm>

namespace redraw {
namespace {

Plane filter_across(const Plane& plane, const std::vector<double>& kernel) {
  const int radius = static_cast<int>(kernel.size() / 2);
  Plane result(plane.width, plane.height);
  std::vector<float> line(static_cast<std::size_t>(plane.width + 2 * radius));
  for (int y = 0; y < plane.height; ++y) {
    const float* from = plane.row(y);
    for (int x = -radius; x < plane.width + radius; ++x)
      line[static_cast<std::size_t>(x + radius)] = from[std::clamp(x, 0, plane.width - 1)];
    for (int x = 0; x < plane.width; ++x) {
      double sum = 0;
      for (std::size_t k = 0; k < kernel.size(); ++k)
        sum += kernel[k] * static_cast<double>(line[static_cast<std::size_t>(x) + k]);
      result.row(y)[x] = static_cast<float>(sum);
    }
  }
  return result;
}

Plane filter_down(const Plane& plane, const std::vector<double>& kernel) {
  const int radius = static_cast<int>(kernel.size() / 2);
  Plane result(plane.width, plane.height);
  std::vector<double> sums(static_cast<std::size_t>(plane.width));
  for (int y = 0; y < plane.height; ++y) {
    std::fill(sums.begin(), sums.end(), 0.0);
    for (int k = -radius; k <= radius; ++k) {
      const float* from = plane.row(std::clamp(y + k, 0, plane.height - 1));
      const double weight = kernel[static_cast<std::size_t>(k + radius)];
      for (std::size_t x = 0; x < sums.size(); ++x) sums[x] += weight * static_cast<double>(from[x]);
    }
    std::copy(sums.begin(), sums.end(), result.row(y));
  }
  return result;
}

}  // namespace

Plane filter(const Plane& plane, const std::vector<double>& across, const std::vector<double>& down) {
  return filter_down(filter_across(plane, across), down);
}

}  // namespace redraw
