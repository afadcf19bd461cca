// Tests of canvas/crop_region: the rectangle around the mask and how it grows.
#include <catch2/catch.hpp>

#include <cmath>

#include "canvas/crop_region.h"
#include "support/pictures.h"

using namespace redraw;

TEST_CASE("crop_region: lies tight around the mask, padded, cut at the borders", "[canvas]") {
  const Mask mask = test::square_mask({100, 80}, {20, 30, 40, 35});
  CHECK(get_crop_region(mask, 0) == Rect{20, 30, 40, 35});
  CHECK(get_crop_region(mask, 8) == Rect{12, 22, 48, 43});
  CHECK(get_crop_region(mask, 32) == Rect{0, 0, 72, 67});
  CHECK(get_crop_region(mask, 1000) == Rect{0, 0, 100, 80});
}

TEST_CASE("crop_region: any value above 0 counts, and a blank mask has none", "[canvas]") {
  Mask mask(10, 10, 1);
  CHECK_FALSE(get_crop_region(mask, 5));
  *mask.at(9, 0) = 1;
  CHECK(get_crop_region(mask, 0) == Rect{9, 0, 10, 1});
}

TEST_CASE("crop_region: grows to the work aspect, never past the edge, never smaller", "[canvas][property]") {
  const Size picture{200, 120};
  for (const Size work : {Size{64, 64}, Size{128, 64}, Size{64, 128}, Size{96, 72}})
    for (const Rect box : {Rect{50, 50, 60, 55}, Rect{0, 0, 10, 30}, Rect{190, 100, 200, 120}, Rect{0, 0, 60, 20},
                           Rect{90, 119, 95, 120}}) {
      INFO(work.width << "x" << work.height << " around " << box.x1 << "," << box.y1 << " " << box.x2 << "," << box.y2);
      const Rect grown = expand_crop_region(box, work, picture);
      CHECK(grown.x1 >= 0);
      CHECK(grown.y1 >= 0);
      CHECK(grown.x2 <= picture.width);
      CHECK(grown.y2 <= picture.height);
      CHECK(grown.x1 <= box.x1);
      CHECK(grown.y1 <= box.y1);
      CHECK(grown.x2 >= box.x2);
      CHECK(grown.y2 >= box.y2);
      const double wanted = static_cast<double>(grown.height()) * work.width / work.height;
      CHECK(std::abs(grown.width() - wanted) <= 2.0 * work.width / work.height + 1);
    }
}

TEST_CASE("crop_region: what cannot grow further is cut at the picture", "[canvas]") {
  CHECK(expand_crop_region({0, 0, 200, 10}, {64, 64}, {200, 50}) == Rect{0, 0, 200, 50});
  CHECK(expand_crop_region({10, 0, 20, 50}, {64, 32}, {40, 50}) == Rect{0, 0, 40, 50});
}
