// The rectangle that only_masked redraws.
#include "canvas/crop_region.h"

#include <algorithm>

namespace redraw {
namespace {

int floor_half(int value) { return value >= 0 ? value / 2 : -((1 - value) / 2); }

/// Grows [low, high) to the wanted length, moved inside 0..limit, then cut.
void grow(int& low, int& high, double wanted, int limit) {
  const int missing = static_cast<int>(wanted - (high - low));  // towards zero, as in the original
  low -= floor_half(missing);
  high += missing - floor_half(missing);
  if (high >= limit) {
    const int excess = high - limit;
    high -= excess;
    low -= excess;
  }
  if (low < 0) {
    high -= low;
    low = 0;
  }
  if (high >= limit) high = limit;
}

}  // namespace

std::optional<Rect> get_crop_region(const Mask& mask, int padding) {
  Rect box{mask.width, mask.height, 0, 0};
  for (int y = 0; y < mask.height; ++y)
    for (int x = 0; x < mask.width; ++x) {
      if (*mask.at(x, y) == 0) continue;
      box = {std::min(box.x1, x), std::min(box.y1, y), std::max(box.x2, x + 1), std::max(box.y2, y + 1)};
    }
  if (box.x1 >= box.x2) return std::nullopt;
  return Rect{std::max(box.x1 - padding, 0), std::max(box.y1 - padding, 0),
              std::min(box.x2 + padding, mask.width), std::min(box.y2 + padding, mask.height)};
}

Rect expand_crop_region(Rect region, Size work_size, Size picture) {
  const double ratio = static_cast<double>(region.width()) / region.height();
  const double wanted_ratio = static_cast<double>(work_size.width) / work_size.height;
  if (ratio > wanted_ratio)
    grow(region.y1, region.y2, region.width() / wanted_ratio, picture.height);
  else
    grow(region.x1, region.x2, region.height() * wanted_ratio, picture.width);
  return region;
}

}  // namespace redraw
