// Tests of canvas/soft_overlay: the kernel, the filter, and the mask that follows the latent.
#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>

#include "canvas/soft_overlay.h"

using namespace redraw;

namespace {

Field field(int width, int height, float value) {
  return {width, height, std::vector<float>(static_cast<std::size_t>(width * height), value)};
}

Mask mask_of(float nmask, float distance, const SoftInpainting& soft = {}) {
  return adaptive_mask(soft, field(8, 6, nmask), field(8, 6, distance), {64, 48}, std::nullopt, {64, 48});
}

}  // namespace

TEST_CASE("soft overlay: the kernel is 1 in the middle, symmetric, and falls to the border", "[canvas][property]") {
  const std::vector<double> kernel = gaussian_kernel(1.5, 2);
  REQUIRE(kernel.size() == 25);
  CHECK(kernel[12] == 1);
  for (std::size_t i = 0; i < 25; ++i) CHECK(kernel[i] == Approx(kernel[24 - i]));
  CHECK(kernel[12] > kernel[11]);
  CHECK(kernel[11] > kernel[10]);
  CHECK(kernel[0] >= 0);
}

TEST_CASE("soft overlay: the filter leaves one value alone and keeps inside the values there are",
          "[canvas][property]") {
  const std::vector<double> kernel = gaussian_kernel(1.5, 2);
  const Field flat = weighted_histogram_filter(field(7, 5, 3.5F), kernel, 2, 0.25, 0.75, 1);
  for (const float value : flat.values) CHECK(value == Approx(3.5));
  Field ramp = field(7, 5, 0);
  std::iota(ramp.values.begin(), ramp.values.end(), 0.0F);
  for (const float value : weighted_histogram_filter(ramp, kernel, 2, 0.9, 1, 1).values)
    CHECK((value >= 0 && value <= 34));
}

TEST_CASE("soft overlay: a high percentile takes the larger neighbours, so that a changed place spreads", "[canvas]") {
  Field spot = field(9, 9, 0);
  spot.values[40] = 10;
  const Field highest = weighted_histogram_filter(spot, gaussian_kernel(1.5, 2), 2, 0.9, 1, 1);
  CHECK(highest.values[40] > 5);
  CHECK(highest.values[39] > 0);
  CHECK(highest.values[0] == 0);
}

TEST_CASE("soft overlay: smootherstep keeps its ends and its middle", "[canvas]") {
  CHECK(smootherstep(0) == 0);
  CHECK(smootherstep(1) == 1);
  CHECK(smootherstep(0.5F) == Approx(0.5));
}

TEST_CASE("soft overlay: where the latent stayed the original returns, where it moved far the new is shown",
          "[canvas]") {
  for (const std::uint8_t value : mask_of(1, 0).data) REQUIRE(value == 0);
  for (const std::uint8_t value : mask_of(1, 1000).data) REQUIRE(value >= 254);
  int last = -1;
  for (const float distance : {0.1F, 0.4F, 0.5F, 0.7F, 2.0F}) {
    const int value = *mask_of(1, distance).at(30, 20);
    CHECK(value > last);
    last = value;
  }
}

TEST_CASE("soft overlay: with mask influence an unmasked place needs more change to be shown", "[canvas]") {
  SoftInpainting soft;
  soft.mask_influence = 1;
  CHECK(*mask_of(0, 5, soft).at(30, 20) == 0);
  CHECK(*mask_of(1, 5, soft).at(30, 20) > 250);
}

TEST_CASE("soft overlay: only_masked puts the mask in its place and leaves the rest black", "[canvas]") {
  const Rect place{30, 20, 70, 50};
  const Mask mask = adaptive_mask({}, field(8, 6, 1), field(8, 6, 1000), {64, 48}, place, {100, 80});
  REQUIRE(mask.size() == Size{100, 80});
  for (int y = 0; y < 80; ++y)
    for (int x = 0; x < 100; ++x) {
      const bool inside = x >= place.x1 && x < place.x2 && y >= place.y1 && y < place.y2;
      REQUIRE((inside ? *mask.at(x, y) > 200 : *mask.at(x, y) == 0));
    }
}
