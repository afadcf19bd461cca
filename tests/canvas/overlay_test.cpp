// Tests of canvas/overlay and canvas/mask: what is kept aside, and what a mask picture means.
#include <catch2/catch.hpp>

#include "canvas/mask.h"
#include "canvas/overlay.h"
#include "image/composite.h"
#include "support/pictures.h"

using namespace redraw;

TEST_CASE("overlay: holds the picture where the mask is black and nothing where it is white", "[canvas]") {
  const Image image = test::noisy_image(16, 16, 3);
  const Image overlay = make_overlay(image, test::square_mask(image.size(), {4, 4, 12, 12}));
  CHECK(overlay.at(0, 0)[3] == 255);
  CHECK(std::equal(image.at(0, 0), image.at(0, 0) + 3, overlay.at(0, 0)));
  CHECK(overlay.at(8, 8)[3] == 0);
}

TEST_CASE("overlay: a black mask gives the picture back, a white one the generated", "[canvas][property]") {
  const Image image = test::noisy_image(16, 16, 3), generated = test::noisy_image(16, 16, 3, 2);
  CHECK(apply_overlay(generated, std::nullopt, make_overlay(image, Mask(16, 16, 1, 0))) == image);
  CHECK(apply_overlay(generated, std::nullopt, make_overlay(image, Mask(16, 16, 1, 255))) == generated);
}

TEST_CASE("mask: transparency is the mask where there is some, else the grey values", "[canvas]") {
  Image image(2, 1, 4);
  image.data = {255, 255, 255, 255, 255, 255, 255, 128};
  CHECK(create_binary_mask(image).data == std::vector<std::uint8_t>{255, 0});
  CHECK(create_binary_mask(image, false).data == std::vector<std::uint8_t>{255, 128});
  image.data[7] = 255;
  image.data[4] = image.data[5] = image.data[6] = 40;
  CHECK(create_binary_mask(image).data == std::vector<std::uint8_t>{255, 40});
  CHECK(create_binary_mask(test::square_mask({3, 1}, {1, 0, 2, 1})).data == std::vector<std::uint8_t>{0, 255, 0});
}
