// Tests of image/tile_spans: places of tiles, and what the seam metric sees.
#include <catch2/catch.hpp>

#include <cmath>

#include "image/tile_spans.h"
#include "support/pictures.h"

using namespace redraw;

TEST_CASE("grid_spans: tiles cover the side, overlap as far as asked and end with it", "[image][property]") {
  for (const int side : {1, 17, 24, 25, 60, 192, 193, 1000})
    for (const int tile : {24, 192})
      for (const int overlap : {0, 6, 8}) {
        INFO(side << " " << tile << " " << overlap);
        const auto spans = grid_spans(side, tile, overlap);
        CHECK(spans.back().begin + spans.back().length == side);
        for (std::size_t i = 1; i < spans.size(); ++i) CHECK(spans[i].begin <= spans[i - 1].begin + tile - overlap);
        if (side >= tile) CHECK(spans[0].begin == 0);
      }
}

TEST_CASE("seam_ratio: noise and flat colour have no seams, a step at a border has", "[image]") {
  const Image noise = test::noisy_image(160, 120, 3);
  CHECK(std::abs(seam_ratio(noise, 64, 16) - 1) < 0.05);
  CHECK(seam_ratio(Image(160, 120, 3, 77), 64, 16) == 1);
  CHECK(seam_ratio(noise, 512, 64) == 1);
  Image stepped = noise;
  const int border = grid_spans(160, 64, 16)[1].begin;
  for (int y = 0; y < 120; ++y)
    for (int x = 0; x < 160; ++x)
      for (int c = 0; c < 3; ++c)
        stepped.at(x, y)[c] = static_cast<std::uint8_t>(stepped.at(x, y)[c] / 4 + (x >= border ? 190 : 0));
  CHECK(seam_ratio(stepped, 64, 16) > 1.05);
}
