// Soft inpainting in pixels: how much of the original returns, by how much the latent changed.
#include "canvas/soft_overlay.h"

#include <algorithm>
#include <cmath>

#include "canvas/resize_modes.h"
#include "image/blur.h"
#include "image/composite.h"

namespace redraw {
namespace {

struct Weighted { double value, weight; };

/// Mean of the values on the stretch [low, high] of the line that their weights make.
double mean_of_window(const std::vector<Weighted>& sorted, double low, double high) {
  double at = 0, sum = 0, length = 0;
  for (const Weighted& one : sorted) {
    const double overlap = std::min(at + one.weight, high) - std::max(at, low);
    if (overlap > 0) { sum += overlap * one.value; length += overlap; }
    at += one.weight;
  }
  return length > 0 ? sum / length : 0;
}

double filter_one(std::vector<Weighted>& neighbours, double percentile_min, double percentile_max, double min_width) {
  std::sort(neighbours.begin(), neighbours.end(),
            [](const Weighted& a, const Weighted& b) { return a.value < b.value; });
  double total = 0;
  for (const Weighted& one : neighbours) total += one.weight;
  double low = total * percentile_min, high = total * percentile_max;
  if (high - low < min_width) {
    const double middle = (low + high) / 2, half = std::min(min_width, total) / 2;
    low = std::clamp(middle - half, 0.0, total - 2 * half);
    high = low + 2 * half;
  }
  return mean_of_window(neighbours, low, high);
}

/// Share of a place that is redrawn, 0 to 1, from its filtered distance. In single precision, as A1111:
/// in double 0.9999999 would become 254.
float redrawn_share(const SoftInpainting& soft, float nmask, float distance) {
  const auto influence = static_cast<float>(soft.mask_influence);
  const float kept = 1 - std::pow(std::clamp(nmask, 0.0F, 1.0F), static_cast<float>(soft.preservation_strength / 2));
  const float half = 0.5F * (1 - influence) + kept * influence;
  const float threshold = static_cast<float>(soft.difference_threshold) * (half / (1.00001F - half));
  return 1 - smootherstep(1 / (1 + std::pow(distance / threshold, static_cast<float>(soft.difference_contrast))));
}

Mask put_in_place(const Mask& mask, const Rect& place, Size whole) {
  Mask result(whole.width, whole.height, 1);
  paste(result, to_grey(resize_image(mask, ResizeMode::kCrop, {place.width(), place.height()})), place.x1, place.y1);
  return result;
}

}  // namespace

float smootherstep(float x) { return x * x * x * (x * (6 * x - 15) + 10); }

std::vector<double> gaussian_kernel(double stddev_radius, int max_radius) {
  const auto gauss = [&](double squared) { return std::exp(-squared / (stddev_radius * stddev_radius)); };
  const double at_zero = gauss((max_radius + 1.0) * (max_radius + 1.0));
  std::vector<double> kernel;
  for (int y = -max_radius; y <= max_radius; ++y)
    for (int x = -max_radius; x <= max_radius; ++x)
      kernel.push_back(std::max(0.0, (gauss(x * x + y * y) - at_zero) / (1 - at_zero)));
  return kernel;
}

Field weighted_histogram_filter(const Field& field, const std::vector<double>& kernel, int max_radius,
                                double percentile_min, double percentile_max, double min_width) {
  Field result = field;
  std::vector<Weighted> neighbours;
  const auto index = [&](int x, int y) { return static_cast<std::size_t>(y * field.width + x); };
  for (int y = 0; y < field.height; ++y)
    for (int x = 0; x < field.width; ++x) {
      neighbours.clear();
      for (int dy = -max_radius; dy <= max_radius; ++dy)
        for (int dx = -max_radius; dx <= max_radius; ++dx) {
          if (x + dx < 0 || x + dx >= field.width || y + dy < 0 || y + dy >= field.height) continue;
          const int row = dy + max_radius, column = dx + max_radius;
          neighbours.push_back({static_cast<double>(field.values[index(x + dx, y + dy)]),
                                kernel[static_cast<std::size_t>(row * (2 * max_radius + 1) + column)]});
        }
      result.values[index(x, y)] =
          static_cast<float>(filter_one(neighbours, percentile_min, percentile_max, min_width));
    }
  return result;
}

Mask adaptive_mask(const SoftInpainting& soft, const Field& nmask, const Field& distance, Size size,
                   const std::optional<Rect>& paste_to, Size whole) {
  const std::vector<double> kernel = gaussian_kernel(1.5, 2);
  const Field highest = weighted_histogram_filter(distance, kernel, 2, 0.9, 1, 1);
  const Field filtered = weighted_histogram_filter(highest, kernel, 2, 0.25, 0.75, 1);
  Mask mask(distance.width, distance.height, 1);
  for (std::size_t i = 0; i < mask.data.size(); ++i)
    mask.data[i] = static_cast<std::uint8_t>(255 * redrawn_share(soft, nmask.values[i], filtered.values[i]));
  mask = gaussian_blur(to_grey(resize_image(mask, ResizeMode::kFill, size)), 4);
  return paste_to ? put_in_place(mask, *paste_to, whole) : mask;
}

}  // namespace redraw
