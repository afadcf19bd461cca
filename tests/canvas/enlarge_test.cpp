// Tests of canvas/enlarge: how many passes are made, and what sizes come out.
#include <catch2/catch.hpp>

#include "canvas/enlarge.h"
#include "canvas/resize_modes.h"
#include "image/resample.h"
#include "support/pictures.h"

using namespace redraw;

namespace {

/// A network of factor 2 that counts its passes.
struct Doubling {
  int passes = 0;
  Enlarge pass() {
    return [this](const Image& image, double) {
      ++passes;
      return resize_nearest(image, {2 * image.width, 2 * image.height});
    };
  }
};

}  // namespace

TEST_CASE("enlarge_by: passes until both sides are reached, three at most, sizes rounded down to 8", "[canvas]") {
  struct Row { double scale; int passes; Size size; };
  for (const Row& row : {Row{1, 1, {40, 24}}, Row{2, 1, {80, 48}}, Row{2.3, 2, {88, 48}}, Row{4, 2, {160, 96}},
                         Row{10, 3, {400, 240}}, Row{0.5, 0, {16, 8}}}) {
    INFO(row.scale);
    Doubling doubling;
    CHECK(enlarge_by(test::noisy_image(40, 24, 3), row.scale, doubling.pass()).size() == row.size);
    CHECK(doubling.passes == row.passes);
  }
}

TEST_CASE("resize_image: the upscaler sees colour pictures that grow, never masks", "[canvas]") {
  for (const ResizeMode mode : {ResizeMode::kJust, ResizeMode::kCrop, ResizeMode::kFill}) {
    Doubling colour, grey, smaller;
    CHECK(resize_image(test::noisy_image(20, 20, 3), mode, {41, 41}, colour.pass()).size() == Size{41, 41});
    CHECK(colour.passes == 1);  // to 40: rounded down to 8 before
    resize_image(test::noisy_image(20, 20, 1), mode, {41, 41}, grey.pass());
    CHECK(grey.passes == 0);
    resize_image(test::noisy_image(20, 20, 3), mode, {20, 20}, smaller.pass());
    CHECK(smaller.passes == 0);
  }
}

TEST_CASE("pixel upscalers: found by name and label", "[canvas][table]") {
  for (const PixelUpscaler& row : pixel_upscalers()) CHECK(find_pixel_upscaler(row.label) == &row);
  CHECK(find_pixel_upscaler("realesrgan-x4plus") == nullptr);
}
