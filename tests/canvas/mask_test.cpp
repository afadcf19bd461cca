// Tests of canvas/mask: growing, shrinking, and masks that leave nothing to redraw.
#include <catch2/catch.hpp>

#include <algorithm>

#include "canvas/mask.h"
#include "image/composite.h"
#include "support/pictures.h"

using namespace redraw;
using test::square_mask;

namespace {

constexpr Size kSize{40, 24};

}  // namespace

TEST_CASE("mask: grow adds a square of px on each side, cut at the borders", "[canvas]") {
  CHECK(grow_mask(square_mask(kSize, {10, 8, 20, 12}), 3) == square_mask(kSize, {7, 5, 23, 15}));
  CHECK(grow_mask(square_mask(kSize, {1, 1, 39, 23}), 5) == square_mask(kSize, {0, 0, 40, 24}));
  CHECK(grow_mask(square_mask(kSize, {10, 8, 20, 12}), 0) == square_mask(kSize, {10, 8, 20, 12}));
}

TEST_CASE("mask: a negative number shrinks, down to nothing; the border of the picture is no border of the mask",
          "[canvas]") {
  CHECK(grow_mask(square_mask(kSize, {10, 8, 20, 14}), -2) == square_mask(kSize, {12, 10, 18, 12}));
  CHECK(grow_mask(square_mask(kSize, {10, 8, 20, 14}), -3) == Mask(kSize.width, kSize.height, 1));
  CHECK(grow_mask(square_mask(kSize, {0, 0, 40, 24}), -100) == square_mask(kSize, {0, 0, 40, 24}));
}

TEST_CASE("mask: grow keeps grey values, the lightest neighbour counts", "[canvas]") {
  Mask mask(9, 9, 1);
  *mask.at(4, 4) = 100;
  *mask.at(6, 4) = 200;
  const Mask grown = grow_mask(mask, 1);
  CHECK(*grown.at(3, 3) == 100);
  CHECK(*grown.at(5, 4) == 200);
  CHECK(*grown.at(8, 4) == 0);
}

TEST_CASE("mask: growing and shrinking are each other's mirror", "[canvas][property]") {
  const Mask mask = test::noisy_image(30, 20, 1);
  CHECK(grow_mask(mask, -4) == invert(grow_mask(invert(mask), 4)));
}

TEST_CASE("mask: alpha is rounded at 128 unless the mask is to stay soft", "[canvas]") {
  Image rgba(3, 1, 4);
  rgba.data = {0, 0, 0, 128, 0, 0, 0, 129, 9, 9, 9, 255};
  CHECK(create_binary_mask(rgba).data == std::vector<std::uint8_t>{0, 255, 255});
  CHECK(create_binary_mask(rgba, false).data == std::vector<std::uint8_t>{128, 129, 255});
}

TEST_CASE("mask: is blank in the latent where it is black, smaller than half a cell, or dark", "[canvas]") {
  const Size size{64, 64};
  CHECK(is_blank_in_latent(Mask(64, 64, 1), true));
  CHECK(is_blank_in_latent(square_mask(size, {10, 10, 12, 12}), true));
  CHECK_FALSE(is_blank_in_latent(square_mask(size, {16, 16, 24, 24}), true));
  CHECK(is_blank_in_latent(Mask(64, 64, 1, 127), true));
  CHECK_FALSE(is_blank_in_latent(Mask(64, 64, 1, 128), true));
  CHECK_FALSE(is_blank_in_latent(Mask(64, 64, 1, 30), false));
  CHECK_FALSE(is_blank_in_latent(Mask(5, 5, 1, 255), true));
}
