// Tests of image/blur: identity, constants, symmetry and direction.
#include <catch2/catch.hpp>

#include <cstdlib>

#include "image/blur.h"
#include "support/close.h"
#include "support/pictures.h"

using namespace redraw;

TEST_CASE("blur: nothing at radius 0", "[image][property]") {
  const Image image = test::noisy_image(9, 7, 3);
  CHECK(gaussian_blur(image, 0) == image);
  const Mask mask = test::noisy_image(9, 7, 1);
  CHECK(blur_mask(mask, 0, 0) == mask);
}

TEST_CASE("blur: one colour stays that colour, also with a radius beyond the picture", "[image][property]") {
  for (const float radius : {0.5F, 4.0F, 64.0F, 256.0F})
    CHECK(gaussian_blur(Image(10, 6, 4, 77), radius) == Image(10, 6, 4, 77));
  for (const double sigma : {0.5, 4.0, 64.0})
    CHECK(blur_mask(Mask(10, 6, 1, 255), sigma, sigma) == Mask(10, 6, 1, 255));
}

TEST_CASE("blur: a mask's edge becomes a slope that is symmetric and as wide as asked", "[image][property]") {
  const Mask blurred = blur_mask(test::square_mask({61, 61}, {20, 20, 41, 41}), 4, 4);
  CHECK(*blurred.at(30, 30) > 250);
  CHECK(*blurred.at(0, 30) == 0);
  CHECK(*blurred.at(16, 30) > 0);
  for (int x = 1; x <= 30; ++x) CHECK(*blurred.at(x, 30) >= *blurred.at(x - 1, 30));
  for (int x = 0; x < 61; ++x) {
    CHECK(*blurred.at(x, 30) == *blurred.at(60 - x, 30));
    CHECK(std::abs(*blurred.at(x, 22) - *blurred.at(22, x)) <= test::kPixelSteps);  // x is rounded before y
  }
}

TEST_CASE("blur: each direction of a mask is blurred by its own number", "[image]") {
  const Mask mask = test::square_mask({40, 40}, {10, 10, 30, 30});
  const Mask along_x = blur_mask(mask, 4, 0), along_y = blur_mask(mask, 0, 4);
  CHECK(*along_x.at(8, 20) > 0);
  CHECK(*along_x.at(20, 8) == 0);
  CHECK(*along_y.at(8, 20) == 0);
  CHECK(*along_y.at(20, 8) > 0);
}
