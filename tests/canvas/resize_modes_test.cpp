// Tests of canvas/resize_modes: exact sizes, identity, what is cut and what is filled.
#include <catch2/catch.hpp>

#include "canvas/resize_modes.h"
#include "support/pictures.h"

using namespace redraw;

namespace {

constexpr ResizeMode kModes[] = {ResizeMode::kJust, ResizeMode::kCrop, ResizeMode::kFill};

}  // namespace

TEST_CASE("resize modes: each gives exactly the size that was asked", "[canvas][table]") {
  for (const ResizeMode mode : kModes)
    for (const Size from : {Size{1, 1}, Size{30, 20}, Size{20, 30}, Size{500, 3}, Size{3, 500}})
      for (const Size to : {Size{64, 64}, Size{64, 32}, Size{33, 65}, Size{1, 1}}) {
        INFO("mode " << static_cast<int>(mode) << " " << from.width << "x" << from.height << " to " << to.width << "x"
                     << to.height);
        const Image image = resize_image(test::noisy_image(from.width, from.height, 3), mode, to);
        CHECK(image.size() == to);
        CHECK(image.channels == 3);
      }
}

TEST_CASE("resize modes: the same size is the identity", "[canvas][property]") {
  const Image image = test::noisy_image(31, 17, 3);
  for (const ResizeMode mode : kModes) CHECK(resize_image(image, mode, image.size()) == image);
}

TEST_CASE("resize modes: one colour stays that colour with just and crop", "[canvas][property]") {
  for (const ResizeMode mode : {ResizeMode::kJust, ResizeMode::kCrop})
    CHECK(resize_image(Image(40, 30, 3, 99), mode, {64, 64}) == Image(64, 64, 3, 99));
}

TEST_CASE("resize modes: crop keeps the middle", "[canvas]") {
  Image image(30, 10, 3, 0);  // white middle third
  for (int y = 0; y < 10; ++y)
    for (int x = 10; x < 20; ++x) std::fill_n(image.at(x, y), 3, std::uint8_t{255});
  CHECK(resize_image(image, ResizeMode::kCrop, {10, 10}) == Image(10, 10, 3, 255));
}

TEST_CASE("resize modes: fill shows the whole picture and continues its edges", "[canvas]") {
  const Image filled = resize_image(Image(20, 10, 3, 99), ResizeMode::kFill, {20, 20});
  CHECK(filled == Image(20, 20, 3, 99));
  Image image = test::noisy_image(20, 10, 3);
  const Image whole = resize_image(image, ResizeMode::kFill, {20, 20});
  for (int y = 0; y < 10; ++y) CHECK(std::equal(image.at(0, y), image.at(0, y) + 60, whole.at(0, y + 5)));
}
