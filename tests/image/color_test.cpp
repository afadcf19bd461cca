// Tests of image/color: LAB and back, histograms, colour correction.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include "image/color.h"
#include "support/pictures.h"

using namespace redraw;

namespace {

Image one_color(std::uint8_t r, std::uint8_t g, std::uint8_t b, int side = 8) {
  Image image(side, side, 3);
  for (std::size_t i = 0; i < image.data.size(); i += 3) {
    image.data[i] = r;
    image.data[i + 1] = g;
    image.data[i + 2] = b;
  }
  return image;
}

double mean_difference(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.data.size(); ++i) sum += std::abs(a.data[i] - b.data[i]);
  return sum / static_cast<double>(a.data.size());
}

double luminosity(const Image& image, std::size_t i) {
  return 0.299 * image.data[i] + 0.587 * image.data[i + 1] + 0.114 * image.data[i + 2];
}

}  // namespace

TEST_CASE("color: greys have no colour in LAB, black and white are its ends", "[image]") {
  for (int grey = 0; grey < 256; grey += 5) {
    const auto g = static_cast<std::uint8_t>(grey);
    const Image lab = rgb_to_lab(one_color(g, g, g, 1));
    INFO(grey);
    CHECK(std::abs(lab.data[1] - 128) <= 1);
    CHECK(std::abs(lab.data[2] - 128) <= 1);
  }
  CHECK(rgb_to_lab(one_color(0, 0, 0, 1)).data[0] == 0);
  CHECK(rgb_to_lab(one_color(255, 255, 255, 1)).data[0] == 255);
}

TEST_CASE("color: LAB and back stays near, for 8 bits round twice", "[image][property]") {
  const Image image = test::noisy_image(64, 64, 3);
  CHECK(mean_difference(lab_to_rgb(rgb_to_lab(image)), image) < 1.5);
}

TEST_CASE("color: histograms that are equal already change nothing", "[image][property]") {
  const Image image = test::noisy_image(40, 30, 3);
  CHECK(match_histograms(image, image) == image);
}

TEST_CASE("color: histograms follow a target of another size, rank by rank", "[image]") {
  Image image(4, 1, 3), target(2, 1, 3);
  for (std::size_t k = 0; k < 3; ++k)
    for (std::size_t i = 0; i < 4; ++i) image.data[3 * i + k] = static_cast<std::uint8_t>(i < 2 ? 10 : 20);
  target.data = {50, 50, 50, 90, 90, 90};
  const Image result = match_histograms(image, target);
  for (std::size_t i = 0; i < 12; ++i) CHECK(result.data[i] == (i < 6 ? 50 : 90));
}

TEST_CASE("color: a picture corrected by itself stays near itself", "[image][property]") {
  const Image image = test::noisy_image(48, 48, 3);
  CHECK(mean_difference(correct_colors(image, image), image) < 2);
}

TEST_CASE("color: correction takes the target's tint and keeps the picture's own lightness", "[image]") {
  Image grey = test::noisy_image(32, 32, 1);
  Image image(32, 32, 3), reddish(32, 32, 3);
  for (std::size_t i = 0; i < grey.data.size(); ++i) {
    const int v = 80 + grey.data[i] / 4;  // in the middle, so that nothing is clipped
    for (std::size_t k = 0; k < 3; ++k) {
      image.data[3 * i + k] = static_cast<std::uint8_t>(v);
      reddish.data[3 * i + k] = static_cast<std::uint8_t>(k == 0 ? v + 30 : v - 15);
    }
  }
  const Image result = correct_colors(image, reddish);
  for (std::size_t i = 0; i < result.data.size(); i += 3) {
    REQUIRE(result.data[i] > result.data[i + 1] + 10);
    REQUIRE(std::abs(luminosity(result, i) - luminosity(image, i)) < 2);
  }
}

TEST_CASE("color: flat pictures and one pixel are no division by nothing", "[image]") {
  for (const int side : {1, 8}) {
    const Image result = correct_colors(one_color(200, 30, 30, side), one_color(20, 20, 220, side));
    CHECK(result.data[2] > result.data[0]);
  }
  const Image black = correct_colors(one_color(0, 0, 0), one_color(255, 255, 255));
  CHECK(*std::max_element(black.data.begin(), black.data.end()) <= 1);
}
