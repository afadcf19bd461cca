// Tests of image/join_tiles: A1111's grid, joined.
#include <catch2/catch.hpp>

#include "image/composite.h"
#include "image/join_tiles.h"
#include "support/pictures.h"

using namespace redraw;

namespace {

Image rejoined(const Image& image, Size tile, int overlap) {
  const auto across = grid_spans(image.width, tile.width, overlap),
             down = grid_spans(image.height, tile.height, overlap);
  std::vector<Image> tiles;
  for (const TileSpan& y : down)
    for (const TileSpan& x : across)
      tiles.push_back(crop(image, {x.begin, y.begin, x.begin + x.length, y.begin + y.length}));
  return join_tiles(image.size(), tiles, across, down, overlap);
}

}  // namespace

TEST_CASE("join_tiles: a picture that is cut and joined is the same", "[image][property]") {
  for (const Size size : {Size{100, 70}, {64, 64}, {65, 200}}) {
    const Image image = test::noisy_image(size.width, size.height, 3);
    for (const int overlap : {0, 1, 16, 31}) CHECK(rejoined(image, {64, 40}, overlap) == image);
    CHECK(rejoined(image, {256, 256}, 16) == image);  // the tile begins before the picture
  }
}

TEST_CASE(
    "join_tiles: the start of a tile fades in by 255 / overlap, cut to 8 bits; tiles that overlap further replace",
    "[image]") {
  const std::vector<TileSpan> across{{0, 16}, {8, 16}}, down{{0, 4}};
  const std::vector<Image> tiles{Image(16, 4, 3, 0), Image(16, 4, 3, 255)};
  const Image joined = join_tiles({24, 4}, tiles, across, down, 6);
  const int row[] = {0, 0, 42, 85, 127, 170, 212, 255};  // from x = 7 on
  for (int i = 0; i < 8; ++i) CHECK(static_cast<int>(*joined.at(7 + i, 2)) == row[i]);
}
