// The two blurs of A1111 in integers.
#include "image/blur.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/fast.h"

namespace redraw {
namespace {

std::size_t row_length(const Image& image) {
  return static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.channels);
}

/// Rows become columns. Both blurs work down columns, whole rows at a time, which the compiler vectorises.
Image transposed(const Image& image) {
  constexpr int kBlock = 16;  // px: both sides of a block stay in the cache
  Image result(image.height, image.width, image.channels);
  for (int y0 = 0; y0 < image.height; y0 += kBlock)
    for (int x0 = 0; x0 < image.width; x0 += kBlock)
      for (int y = y0; y < std::min(y0 + kBlock, image.height); ++y)
        for (int x = x0; x < std::min(x0 + kBlock, image.width); ++x)
          std::copy_n(image.at(x, y), image.channels, result.at(y, x));
  return result;
}

/// Radius of three box blurs that together have the variance of the Gaussian, single precision.
float box_radius(float radius) {
  const float q = radius * radius / 3;
  const float l = std::floor((std::sqrt(12.0F * q + 1.0F) - 1.0F) / 2.0F);
  const float a = (2 * l + 1) * (l * (l + 1) - 3 * q) / (6 * (q - (l + 1) * (l + 1)));
  return l + a;
}

/// target = (ww * sum + fw * (before + after)) / 2^24 over a row; then the window moves on by one.
REDRAW_FAST void box_row(std::uint8_t* target, std::uint32_t* sums, const std::uint8_t* before,
                         const std::uint8_t* first, const std::uint8_t* after, std::size_t count, std::uint32_t ww,
                         std::uint32_t fw) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t value = ww * sums[i] + fw * (std::uint32_t{before[i]} + after[i]) + (1U << 23);
    target[i] = static_cast<std::uint8_t>(value >> 24);
    sums[i] += std::uint32_t{after[i]} - first[i];
  }
}

/// One box blur down the columns; outside, the edge sample is repeated.
Image box_blur(const Image& image, float radius) {
  const int r = static_cast<int>(radius), last = image.height - 1;
  const auto ww = static_cast<std::uint32_t>(static_cast<float>(1 << 24) / (radius * 2 + 1));
  const std::uint32_t fw = ((1U << 24) - static_cast<std::uint32_t>(2 * r + 1) * ww) / 2;
  const auto row = [&](int y) { return image.at(0, std::clamp(y, 0, last)); };
  const std::size_t count = row_length(image);
  std::vector<std::uint32_t> sums(count);
  for (int y = -r; y <= r; ++y)
    for (std::size_t i = 0; i < count; ++i) sums[i] += row(y)[i];
  Image result(image.width, image.height, image.channels);
  for (int y = 0; y <= last; ++y)
    box_row(result.at(0, y), sums.data(), row(y - r - 1), row(y - r), row(y + r + 1), count, ww, fw);
  return result;
}

Image box_blurs(Image image, float radius) {
  for (int pass = 0; pass < 3; ++pass) image = box_blur(image, radius);
  return image;
}

/// In 1/256: each weight carries its rounding error to the next, from the outside to the middle.
std::vector<int> mask_kernel(double sigma) {
  const int half = static_cast<int>(2.5 * sigma + 0.5), size = 2 * half + 1;
  std::vector<double> weights;
  double sum = 0;
  for (int i = -half; i <= half; ++i) weights.push_back(std::exp(-0.5 * i * i / (sigma * sigma)));
  for (const double w : weights) sum += w;
  std::vector<int> kernel(static_cast<std::size_t>(size));
  double carried = 0;
  int used = 0;
  for (int i = 0; i < half; ++i) {
    const double wanted = weights[static_cast<std::size_t>(i)] / sum * 256 + carried;
    const int rounded = static_cast<int>(std::nearbyint(wanted));  // half to even
    carried = wanted - rounded;
    kernel[static_cast<std::size_t>(i)] = kernel[static_cast<std::size_t>(size - 1 - i)] = rounded;
    used += 2 * rounded;
  }
  kernel[static_cast<std::size_t>(half)] = 256 - used;
  return kernel;
}

/// Mirrored without repeating the edge sample, as often as needed.
int mirrored(int i, int length) {
  if (length == 1) return 0;
  const int period = 2 * (length - 1);
  i = ((i % period) + period) % period;
  return i < length ? i : period - i;
}

REDRAW_FAST void add_weighted(std::uint16_t* sums, const std::uint8_t* above, const std::uint8_t* below, int weight,
                              std::size_t count) {
  const auto w = static_cast<std::uint16_t>(weight);
  for (std::size_t i = 0; i < count; ++i) sums[i] = static_cast<std::uint16_t>(sums[i] + w * (above[i] + below[i]));
}

/// Down the columns. The weights are not negative and add up to 256: sums stay below 2^16.
Mask convolve(const Mask& mask, const std::vector<int>& kernel) {
  const int half = static_cast<int>(kernel.size()) / 2;
  const std::size_t count = row_length(mask);
  std::vector<std::uint16_t> sums(count);
  Mask result(mask.width, mask.height, mask.channels);
  const auto row = [&](int y) { return mask.at(0, mirrored(y, mask.height)); };
  for (int y = 0; y < mask.height; ++y) {
    for (std::size_t i = 0; i < count; ++i)
      sums[i] = static_cast<std::uint16_t>(128 + row(y)[i] * kernel[static_cast<std::size_t>(half)]);
    for (int k = 1; k <= half; ++k)
      if (const int weight = kernel[static_cast<std::size_t>(half - k)]; weight != 0)
        add_weighted(sums.data(), row(y - k), row(y + k), weight, count);
    for (std::size_t i = 0; i < count; ++i) result.at(0, y)[i] = static_cast<std::uint8_t>(sums[i] >> 8);
  }
  return result;
}

}  // namespace

Image gaussian_blur(const Image& image, float radius) {
  if (radius <= 0) return image;
  const float box = box_radius(radius);
  return box_blurs(transposed(box_blurs(transposed(image), box)), box);
}

Mask blur_mask(const Mask& mask, double x, double y) {
  Mask result = mask;
  if (x > 0) result = transposed(convolve(transposed(result), mask_kernel(x)));
  if (y > 0) result = convolve(result, mask_kernel(y));
  return result;
}

}  // namespace redraw
