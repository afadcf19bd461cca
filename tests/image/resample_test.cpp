// Tests of image/resample: identity, constants, sizes; the numbers themselves are golden.
#include <catch2/catch.hpp>

#include "image/resample.h"
#include "support/pictures.h"

using namespace redraw;

namespace {

using Resize = Image (*)(const Image&, Size);
const Resize kBicubic = resize_bicubic;
const Resize kAll[] = {resize_lanczos, kBicubic, resize_nearest};

}  // namespace

TEST_CASE("resample: the same size is the identity", "[image][property]") {
  for (const int channels : {1, 3, 4})
    for (const Resize resize : kAll) {
      const Image image = test::noisy_image(13, 9, channels);
      CHECK(resize(image, image.size()) == image);
    }
}

TEST_CASE("resample: a direction that keeps its size is left alone", "[image][property]") {
  const Image image = test::noisy_image(8, 6, 3);
  const Image wide = resize_lanczos(image, {17, 6});
  for (int y = 0; y < 6; ++y) {
    Image row(8, 1, 3);
    std::copy_n(image.at(0, y), 24, row.data.begin());
    const Image alone = resize_lanczos(row, {17, 1});
    CHECK(std::equal(alone.data.begin(), alone.data.end(), wide.at(0, y)));
  }
}

TEST_CASE("resample: one colour stays that colour, growing and shrinking", "[image][property]") {
  for (const Resize resize : kAll)
    for (const Size size : {Size{1, 1}, Size{3, 40}, Size{40, 3}, Size{64, 64}})
      for (const std::uint8_t value : {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{127}, std::uint8_t{255}})
        CHECK(resize(Image(11, 7, 3, value), size) == Image(size.width, size.height, 3, value));
}

TEST_CASE("resample: nearest doubles each pixel", "[image]") {
  Image image(2, 1, 1);
  image.data = {10, 20};
  CHECK(resize_nearest(image, {4, 2}).data == std::vector<std::uint8_t>{10, 10, 20, 20, 10, 10, 20, 20});
}

TEST_CASE("resample: transparent pixels lend no colour to their neighbours", "[image]") {
  Image image(2, 1, 4);
  image.data = {255, 0, 0, 255, 0, 255, 0, 0};  // opaque red beside invisible green
  const Image wide = resize_bicubic(image, {8, 1});
  for (int x = 0; x < 8; ++x)
    if (wide.at(x, 0)[3] > 8) CHECK(wide.at(x, 0)[1] == 0);
}

TEST_CASE("resample: a box at the edge continues the edge", "[image]") {
  const Image image(4, 4, 3, 90);
  CHECK(resize_bicubic(image, {4, 5}, {0, 4, 4, 4}) == Image(4, 5, 3, 90));
}
