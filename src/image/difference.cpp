// Difference of two pictures: largest step, changed pixels, where they are, PSNR.
#include "image/difference.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "redraw/error.h"

namespace redraw {
namespace {

void include(Rect& box, int x, int y) {
  if (box.width() == 0) box = {x, y, x + 1, y + 1};
  box = {std::min(box.x1, x), std::min(box.y1, y), std::max(box.x2, x + 1), std::max(box.y2, y + 1)};
}

}  // namespace

Difference difference_of(const Image& a, const Image& b, const Mask* where) {
  REDRAW_CHECK(a.size() == b.size() && a.channels == b.channels, "pictures are compared at one size");
  Difference found;
  double squares = 0;
  for (int y = 0; y < a.height; ++y)
    for (int x = 0; x < a.width; ++x) {
      if (where != nullptr && *where->at(x, y) == 0) continue;
      ++found.pixels;
      int most = 0;
      for (int c = 0; c < a.channels; ++c) {
        const int step = std::abs(a.at(x, y)[c] - b.at(x, y)[c]);
        squares += step * step;
        most = std::max(most, step);
      }
      if (most == 0) continue;
      ++found.changed;
      found.largest = std::max(found.largest, most);
      include(found.box, x, y);
    }
  const double mean = squares / std::max(1.0, static_cast<double>(found.pixels) * a.channels);
  found.psnr = squares > 0 ? 10 * std::log10(255 * 255 / mean) : std::numeric_limits<double>::infinity();
  return found;
}

Image difference_picture(const Image& a, const Image& b, int gain) {
  Image picture(a.width, a.height, 3);
  for (int y = 0; y < a.height; ++y)
    for (int x = 0; x < a.width; ++x)
      for (int c = 0; c < 3; ++c)
        picture.at(x, y)[c] = static_cast<std::uint8_t>(std::min(255, std::abs(a.at(x, y)[c] - b.at(x, y)[c]) * gain));
  return picture;
}

}  // namespace redraw
