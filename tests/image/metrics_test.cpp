// Differences, SSIM and FLIP against values of other programs.
#include <catch2/catch.hpp>

#include <cmath>

#include "image/difference.h"
#include "image/flip.h"
#include "image/ssim.h"
#include "support/pictures.h"

namespace redraw {
namespace {

Image smooth(int width, int height) {
  Image image(width, height, 3);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      image.at(x, y)[0] = static_cast<std::uint8_t>(x * 5);
      image.at(x, y)[1] = static_cast<std::uint8_t>(y * 3 + x);
      image.at(x, y)[2] = static_cast<std::uint8_t>(x * y / 7);
    }
  return image;
}

/// A picture and its damaged copy.
struct Pair {
  const char* name;
  Image a, b;
  double flip;  // mean, by NVIDIA's flip-evaluator 1.7 (LDR)
  double ssim;  // by numpy in double precision
  double psnr;
};

std::vector<Pair> pairs() {
  const Image a = smooth(48, 40);
  Image block = a, pixel = a, shift = a;
  for (int y = 10; y < 20; ++y)
    for (int x = 12; x < 30; ++x)
      for (int c = 0; c < 3; ++c) block.at(x, y)[c] = static_cast<std::uint8_t>(255 - a.at(x, y)[c]);
  pixel.at(7, 5)[0] = 255, pixel.at(7, 5)[1] = pixel.at(7, 5)[2] = 0;
  for (int y = 0; y < 40; ++y)
    for (int x = 0; x < 48; ++x) std::copy_n(a.at((x + 47) % 48, y), 3, shift.at(x, y));
  return {{"block", a, block, 0.16770105, 0.659886473702, 16.050010300},
          {"pixel", a, pixel, 0.00438212557, 0.992148785015, 38.841140610},
          {"noise", test::noisy_image(32, 24, 3, 1), test::noisy_image(32, 24, 3, 2), 0.45332229, -0.034386871047,
           7.731771853},
          {"shift", a, shift, 0.15434268, 0.996155569093, 20.573730012}};
}

TEST_CASE("FLIP, SSIM and PSNR equal the values of other programs", "[image]") {
  for (const Pair& pair : pairs()) {
    INFO(pair.name);
    CHECK(mean_of(flip_map(pair.a, pair.b)) == Approx(pair.flip).margin(1e-4));
    CHECK(*ssim(pair.a, pair.b) == Approx(pair.ssim).margin(1e-5));
    CHECK(difference_of(pair.a, pair.b).psnr == Approx(pair.psnr).epsilon(1e-9));
  }
}

TEST_CASE("FLIP of single pixels equals the reference's map", "[image]") {
  const Plane block = flip_map(pairs()[0].a, pairs()[0].b), noise = flip_map(pairs()[2].a, pairs()[2].b);
  CHECK(block.row(15)[20] == Approx(0.9713647).margin(2e-4));
  CHECK(block.row(5)[7] == Approx(0.01763394).margin(2e-4));
  CHECK(noise.row(5)[7] == Approx(0.61462533).margin(2e-4));
}

TEST_CASE("equal pictures: no difference, SSIM 1, FLIP 0", "[image]") {
  const Image a = test::noisy_image(20, 14, 3);
  const Difference found = difference_of(a, a);
  CHECK(found.changed == 0);
  CHECK(found.pixels == 280);
  CHECK(std::isinf(found.psnr));
  CHECK(*ssim(a, a) == Approx(1));
  CHECK(mean_of(flip_map(a, a)) == Approx(0).margin(1e-9));
}

TEST_CASE("a mask says which pixels are looked at", "[image]") {
  const Image a = smooth(48, 40);
  Image b = a;
  b.at(3, 2)[1] = static_cast<std::uint8_t>(b.at(3, 2)[1] + 9);
  b.at(30, 20)[1] = static_cast<std::uint8_t>(b.at(30, 20)[1] + 50);
  const Mask left = test::square_mask({48, 40}, {0, 0, 16, 40});
  const Difference found = difference_of(a, b, &left);
  CHECK(found.changed == 1);
  CHECK(found.largest == 9);
  CHECK(found.pixels == 640);
  CHECK(found.box == Rect{3, 2, 4, 3});
  CHECK(difference_of(a, b).box == Rect{3, 2, 31, 21});
  CHECK(*ssim(a, b, &left) > *ssim(a, b));
  CHECK(mean_of(flip_map(a, b), &left) < mean_of(flip_map(a, b)));
}

TEST_CASE("SSIM has no value where no window fits", "[image]") {
  CHECK_FALSE(ssim(Image(10, 40, 3), Image(10, 40, 3)).has_value());
  CHECK(ssim(Image(11, 11, 3), Image(11, 11, 3)).has_value());
}

}  // namespace
}  // namespace redraw
