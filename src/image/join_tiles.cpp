// Tiles of a grid joined to a picture as A1111 does it: the start of each fades into what is there.
#include "image/join_tiles.h"

#include <algorithm>

#include "image/composite.h"

namespace redraw {
namespace {

/// 0, then rising by 255 / length, cut to 8 bits.
Mask ramp(Size size, bool across) {
  Mask mask(size.width, size.height, 1);
  const int length = across ? size.width : size.height;
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) *mask.at(x, y) = static_cast<std::uint8_t>((across ? x : y) * 255 / length);
  return mask;
}

}  // namespace

void lay_tile(Image& target, const Image& part, int x, int y, int overlap, bool across) {
  const int length = std::min(overlap, across ? part.width : part.height);
  const Rect start{0, 0, across ? length : part.width, across ? part.height : length};
  const Rect rest{across ? length : 0, across ? 0 : length, part.width, part.height};
  if (length > 0) paste(target, crop(part, start), x, y, ramp({start.width(), start.height()}, across));
  paste(target, crop(part, rest), x + rest.x1, y + rest.y1);
}

Image join_tiles(Size size, std::span<const Image> tiles, const std::vector<TileSpan>& across,
                 const std::vector<TileSpan>& down, int overlap) {
  Image joined(size.width, size.height, 3);
  auto tile = tiles.begin();
  for (const TileSpan& y : down) {
    Image row(size.width, y.length, 3);
    for (const TileSpan& x : across) lay_tile(row, *tile++, x.begin, 0, x.begin == 0 ? 0 : overlap, true);
    lay_tile(joined, row, 0, y.begin, y.begin == 0 ? 0 : overlap, false);
  }
  return joined;
}

}  // namespace redraw
