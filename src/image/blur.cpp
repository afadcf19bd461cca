// The two blurs of A1111 in integers.
#include "image/blur.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace redraw {
namespace {

/// Every row of the picture, or every column, one channel at a time.
template <typename F>
void for_each_line(Image& image, bool along_x, F change) {
  const int length = along_x ? image.width : image.height, lines = along_x ? image.height : image.width;
  std::vector<std::uint8_t> line(static_cast<std::size_t>(length));
  for (int i = 0; i < lines; ++i)
    for (int c = 0; c < image.channels; ++c) {
      const auto sample = [&](int k) { return (along_x ? image.at(k, i) : image.at(i, k)) + c; };
      for (int k = 0; k < length; ++k) line[static_cast<std::size_t>(k)] = *sample(k);
      change(line);
      for (int k = 0; k < length; ++k) *sample(k) = line[static_cast<std::size_t>(k)];
    }
}

/// Radius of three box blurs that together have the variance of the Gaussian, single precision.
float box_radius(float radius) {
  const float q = radius * radius / 3;
  const float l = std::floor((std::sqrt(12.0F * q + 1.0F) - 1.0F) / 2.0F);
  const float a = (2 * l + 1) * (l * (l + 1) - 3 * q) / (6 * (q - (l + 1) * (l + 1)));
  return l + a;
}

void box_blur(std::vector<std::uint8_t>& line, float radius) {
  const int r = static_cast<int>(radius), last = static_cast<int>(line.size()) - 1;
  const auto ww = static_cast<std::uint32_t>(static_cast<float>(1 << 24) / (radius * 2 + 1));
  const std::uint32_t fw = ((1U << 24) - static_cast<std::uint32_t>(2 * r + 1) * ww) / 2;
  const std::vector<std::uint8_t> source = line;
  const auto at = [&](int i) { return static_cast<std::uint32_t>(source[static_cast<std::size_t>(std::clamp(i, 0, last))]); };
  std::uint32_t sum = 0;
  for (int i = -r; i <= r; ++i) sum += at(i);
  for (int i = 0; i <= last; ++i) {
    const std::uint32_t value = ww * sum + fw * (at(i - r - 1) + at(i + r + 1)) + (1U << 23);
    line[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(value >> 24);
    sum += at(i + r + 1) - at(i - r);
  }
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

void convolve(std::vector<std::uint8_t>& line, const std::vector<int>& kernel) {
  const int length = static_cast<int>(line.size()), half = static_cast<int>(kernel.size()) / 2;
  std::vector<int> padded;
  for (int i = -half; i < length + half; ++i) padded.push_back(line[static_cast<std::size_t>(mirrored(i, length))]);
  for (std::size_t i = 0; i < line.size(); ++i) {
    int sum = 128;
    for (std::size_t k = 0; k < kernel.size(); ++k) sum += padded[i + k] * kernel[k];
    line[i] = static_cast<std::uint8_t>(std::clamp(sum >> 8, 0, 255));
  }
}

}  // namespace

Image gaussian_blur(const Image& image, float radius) {
  if (radius <= 0) return image;
  Image result = image;
  const float box = box_radius(radius);
  for (const bool along_x : {true, false})
    for_each_line(result, along_x, [&](std::vector<std::uint8_t>& line) {
      for (int pass = 0; pass < 3; ++pass) box_blur(line, box);
    });
  return result;
}

Mask blur_mask(const Mask& mask, double x, double y) {
  Mask result = mask;
  const auto blur = [&](bool along_x, double sigma) {
    if (sigma <= 0) return;
    const std::vector<int> kernel = mask_kernel(sigma);
    for_each_line(result, along_x, [&](std::vector<std::uint8_t>& line) { convolve(line, kernel); });
  };
  blur(true, x);
  blur(false, y);
  return result;
}

}  // namespace redraw
