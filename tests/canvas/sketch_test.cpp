// Tests of canvas/sketch: strokes with and without alpha, strokes as the mask.
#include <catch2/catch.hpp>

#include <algorithm>

#include "canvas/sketch.h"
#include "image/composite.h"
#include "support/errors.h"
#include "support/pictures.h"

using namespace redraw;

namespace {

/// A layer of nothing with one rectangle of this colour and alpha.
Image strokes(Size size, const Rect& box, Rgb color, std::uint8_t alpha) {
  Image layer(size.width, size.height, 4);
  for (int y = box.y1; y < box.y2; ++y)
    for (int x = box.x1; x < box.x2; ++x) {
      const std::uint8_t pixel[] = {color.r, color.g, color.b, alpha};
      std::copy_n(pixel, 4, layer.at(x, y));
    }
  return layer;
}

Rgb pixel_of(const Image& image, int x, int y) { return {image.at(x, y)[0], image.at(x, y)[1], image.at(x, y)[2]}; }

constexpr Rect kBox{4, 4, 12, 8};

}  // namespace

TEST_CASE("sketch: opaque strokes cover, clear places show the picture", "[canvas]") {
  const Image picture = test::noisy_image(16, 12, 3);
  const Image result = apply_sketch(picture, strokes(picture.size(), kBox, {250, 10, 20}, 255));
  for (int y = 0; y < 12; ++y)
    for (int x = 0; x < 16; ++x) {
      const bool inside = x >= kBox.x1 && x < kBox.x2 && y >= kBox.y1 && y < kBox.y2;
      REQUIRE(pixel_of(result, x, y) == (inside ? Rgb{250, 10, 20} : pixel_of(picture, x, y)));
    }
}

TEST_CASE("sketch: half transparent strokes are mixed with the picture", "[canvas]") {
  const Image picture(16, 12, 3, 100);
  const Rgb mixed = pixel_of(apply_sketch(picture, strokes(picture.size(), kBox, {200, 0, 100}, 128)), 5, 5);
  CHECK(std::abs(mixed.r - 150) <= 1);
  CHECK(std::abs(mixed.g - 50) <= 1);
  CHECK(mixed.b == 100);
}

TEST_CASE("sketch: without alpha it is the picture with its strokes already on it", "[canvas]") {
  const Image picture = test::noisy_image(16, 12, 3), painted = test::noisy_image(16, 12, 3, 9);
  CHECK(apply_sketch(picture, painted) == painted);
  CHECK(apply_sketch(picture, Image(16, 12, 1, 7)) == Image(16, 12, 3, 7));
}

TEST_CASE("sketch: another size than the picture's is one error that gives both", "[canvas]") {
  const auto error = test::error_of([] { apply_sketch(Image(16, 12, 3), Image(8, 6, 4)); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::kRequest);
  CHECK(test::mentions(*error, "8x6"));
  CHECK(test::mentions(*error, "16x12"));
}

TEST_CASE("inpaint sketch: the mask is where any channel differs, and transparency dims it", "[canvas]") {
  const Image picture(16, 12, 3, 100);
  Image painted = picture;
  painted.at(5, 5)[2] = 101;
  Mask expected(16, 12, 1);
  *expected.at(5, 5) = 255;
  CHECK(inpaint_sketch(picture, painted, 0, 0).mask == expected);
  for (const auto& [transparency, white] : {std::pair{25.0, 191}, {50.0, 127}, {100.0, 0}})
    CHECK(*inpaint_sketch(picture, painted, transparency, 0).mask.at(5, 5) == white);
}

TEST_CASE("inpaint sketch: no blur leaves the strokes as they are, blur softens their edge alone", "[canvas]") {
  const Image picture(48, 32, 3, 100);
  const Image painted = apply_sketch(picture, strokes(picture.size(), {16, 8, 32, 24}, {200, 200, 200}, 255));
  CHECK(inpaint_sketch(picture, painted, 0, 0).image == painted);
  const InpaintSketch soft = inpaint_sketch(picture, painted, 0, 2);
  CHECK(soft.mask == inpaint_sketch(picture, painted, 0, 0).mask);
  CHECK(*soft.image.at(24, 16) == 200);
  CHECK(*soft.image.at(2, 2) == 100);
  CHECK(*soft.image.at(16, 16) > 100);
  CHECK(*soft.image.at(16, 16) < 200);
}

TEST_CASE("inpaint sketch: strokes of full transparency change nothing", "[canvas]") {
  const Image picture = test::noisy_image(16, 12, 3);
  CHECK(inpaint_sketch(picture, test::noisy_image(16, 12, 3, 9), 100, 4).image == picture);
}
