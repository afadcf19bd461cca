// SSIM: structural similarity of two pictures.
#include "image/ssim.h"

#include <cmath>

#include "image/filter.h"

namespace redraw {
namespace {

constexpr int kRadius = 5;
constexpr double kSigma = 1.5, kC1 = 0.01 * 255 * 0.01 * 255, kC2 = 0.03 * 255 * 0.03 * 255;

std::vector<double> window() {
  std::vector<double> kernel;
  double sum = 0;
  for (int i = -kRadius; i <= kRadius; ++i) sum += kernel.emplace_back(std::exp(-i * i / (2 * kSigma * kSigma)));
  for (double& weight : kernel) weight /= sum;
  return kernel;
}

Plane luma_of(const Image& image) {
  Plane plane(image.width, image.height);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const std::uint8_t* p = image.at(x, y);
      plane.row(y)[x] = static_cast<float>(0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2]);
    }
  return plane;
}

Plane product(const Plane& a, const Plane& b) {
  Plane result(a.width, a.height);
  for (std::size_t i = 0; i < result.data.size(); ++i) result.data[i] = a.data[i] * b.data[i];
  return result;
}

double ssim_at(double mean_a, double mean_b, double aa, double bb, double ab) {
  const double var_a = aa - mean_a * mean_a, var_b = bb - mean_b * mean_b, cov = ab - mean_a * mean_b;
  return (2 * mean_a * mean_b + kC1) * (2 * cov + kC2) /
         ((mean_a * mean_a + mean_b * mean_b + kC1) * (var_a + var_b + kC2));
}

}  // namespace

std::optional<double> ssim(const Image& a, const Image& b, const Mask* where) {
  const std::vector<double> kernel = window();
  const auto blurred = [&](const Plane& plane) { return filter(plane, kernel, kernel); };
  const Plane la = luma_of(a), lb = luma_of(b);
  const Plane mean_a = blurred(la), mean_b = blurred(lb);
  const Plane aa = blurred(product(la, la)), bb = blurred(product(lb, lb)), ab = blurred(product(la, lb));
  double sum = 0;
  long long count = 0;
  for (int y = kRadius; y < a.height - kRadius; ++y)
    for (int x = kRadius; x < a.width - kRadius; ++x) {
      if (where != nullptr && *where->at(x, y) == 0) continue;
      sum += ssim_at(mean_a.row(y)[x], mean_b.row(y)[x], aa.row(y)[x], bb.row(y)[x], ab.row(y)[x]);
      ++count;
    }
  return count == 0 ? std::nullopt : std::optional(sum / static_cast<double>(count));
}

}  // namespace redraw
