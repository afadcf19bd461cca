// Tests of upscale/tiles: places of tiles, and tiled runs against untiled ones.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include "image/row_streams.h"
#include "support/pictures.h"
#include "upscale/tiles.h"

using namespace redraw;

namespace {

at::Tensor nearest_x2(const at::Tensor& x) { return at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)}); }

/// Sees 4 px around each pixel: less than the context of a tile.
at::Tensor smoothing_x2(const at::Tensor& x) {
  const at::Tensor kernel = at::full({3, 1, 9, 9}, 1.0 / 81);
  return nearest_x2(at::conv2d(x, kernel, {}, 1, 4, 1, 3)).clamp(0, 1);
}

using Tiles = std::unique_ptr<RowStage> (*)(Size, int, const Tiling&, TileFunction, RowSink);

Image run(Tiles tiles, const Image& image, const Tiling& tiling, const TileFunction& function) {
  Image result(2 * image.width, 2 * image.height, 3);
  push_rows(image, *tiles(image.size(), 2, tiling, function, collector(result)));
  return result;
}

int largest_difference(const Image& a, const Image& b) {
  int largest = 0;
  for (std::size_t i = 0; i < a.data.size(); ++i) largest = std::max(largest, std::abs(a.data[i] - b.data[i]));
  return largest;
}

}  // namespace

CATCH_TEST_CASE("ramped_tiles: with context the tiled picture is the untiled one", "[upscale][property]") {
  for (const Size size : {Size{70, 53}, Size{24, 24}, Size{1, 1}, Size{5, 90}}) {
    CATCH_INFO(size.width << "x" << size.height);
    const Image image = test::noisy_image(size.width, size.height, 3);
    const Tiling whole{0, 0, TileRule::kContext, {}}, tiled{24, 6, TileRule::kContext, {}};
    CATCH_CHECK(run(ramped_tiles, image, tiled, nearest_x2) == run(ramped_tiles, image, whole, nearest_x2));
    CATCH_CHECK(largest_difference(run(ramped_tiles, image, tiled, smoothing_x2),
                                   run(ramped_tiles, image, whole, smoothing_x2)) <= 1);
  }
}

CATCH_TEST_CASE("ramped_tiles: without context seams show, so the check above can fail", "[upscale]") {
  const Image image = test::noisy_image(70, 53, 3);
  const Tiling whole{0, 0, TileRule::kWebui, {}}, tiled{24, 6, TileRule::kWebui, {}};
  CATCH_CHECK(largest_difference(run(ramped_tiles, image, tiled, smoothing_x2),
                                 run(ramped_tiles, image, whole, smoothing_x2)) > 1);
}

CATCH_TEST_CASE("weighted_tiles: a network without surroundings gives the untiled picture", "[upscale][property]") {
  const Image image = test::noisy_image(70, 53, 3);
  const Tiling whole{0, 0, TileRule::kWebui, {}}, tiled{24, 6, TileRule::kWebui, {}};
  CATCH_CHECK(run(weighted_tiles, image, tiled, nearest_x2) == run(weighted_tiles, image, whole, nearest_x2));
}

CATCH_TEST_CASE("ramped_tiles: rows come before the picture has ended, and each tile is counted", "[upscale]") {
  const Image image = test::noisy_image(30, 200, 3);
  int rows = 0, tiles = 0, of = 0;
  Tiling tiling{24, 6, TileRule::kContext, {}};
  tiling.on_tile = [&](int done, int all) { tiles = done; of = all; };
  const auto stage = ramped_tiles(image.size(), 2, tiling, nearest_x2, [&](const std::uint8_t*) { ++rows; });
  for (int y = 0; y < 100; ++y) stage->push(image.at(0, y));
  CATCH_CHECK(rows >= 2 * (100 - 24 - 24));
  for (int y = 100; y < 200; ++y) stage->push(image.at(0, y));
  CATCH_CHECK(rows == 400);
  CATCH_CHECK(tiles == of);
}
