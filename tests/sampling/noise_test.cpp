// Tests of sampling/noise and sampling/philox: both generators, variations, seed resizing, ENSD.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include "sampling/noise.h"
#include "sampling/philox.h"

using namespace redraw;

namespace {

const std::vector<std::int64_t> kShape = {4, 6, 5};

ImageNoise with(NoiseRules rules, std::vector<std::int64_t> seeds = {5, 6},
                std::vector<std::int64_t> variations = {9, 10}) {
  return ImageNoise(std::move(seeds), kShape, rules, std::move(variations));
}

}  // namespace

CATCH_TEST_CASE("philox: a number depends on seed, draw and place alone", "[sampling][property]") {
  std::vector<float> few(3), many(1000), next(1000);
  philox_normal(7, 0, few);
  philox_normal(7, 0, many);
  philox_normal(7, 1, next);
  CATCH_CHECK(std::equal(few.begin(), few.end(), many.begin()));
  CATCH_CHECK(many != next);
  philox_normal(7 + (1ULL << 32), 0, next);  // all 64 bits of the seed count
  CATCH_CHECK(many != next);
}

CATCH_TEST_CASE("noise: each generator gives unit normal numbers, the two not the same ones", "[sampling][property]") {
  for (const Rng rng : {Rng::kCpu, Rng::kNv}) {
    NormalStream stream(rng, 11);
    const at::Tensor draw = stream.next({4, 100, 100});
    CATCH_CHECK(draw.std().item<double>() == Approx(1).margin(0.02));
    CATCH_CHECK(std::abs(draw.mean().item<double>()) < 0.02);
    CATCH_CHECK_FALSE(stream.next({4, 100, 100}).equal(draw));
  }
  CATCH_CHECK_FALSE(NormalStream(Rng::kCpu, 11).next(kShape).equal(NormalStream(Rng::kNv, 11).next(kShape)));
}

CATCH_TEST_CASE("noise: with every rule on, a picture does not depend on its batch", "[sampling][property]") {
  for (const Rng rng : {Rng::kCpu, Rng::kNv}) {
    const NoiseRules rules{rng, 0.4, {24, 72}, 31337};
    ImageNoise both = with(rules), second = with(rules, {6}, {10});
    for (int draw = 0; draw < 3; ++draw) CATCH_CHECK(both.next()[1].equal(second.next()[0]));
  }
}

CATCH_TEST_CASE("noise: strength 1 is the variation seed's own noise, later draws stay the seed's",
                "[sampling][property]") {
  ImageNoise varied = with({Rng::kNv, 1}), plain = with({Rng::kNv}), other = with({Rng::kNv}, {9, 10});
  CATCH_CHECK(at::allclose(varied.next(), other.next(), 1e-4, 1e-4));
  plain.next();
  CATCH_CHECK(varied.next().equal(plain.next()));
}

CATCH_TEST_CASE("noise: ENSD leaves the first draw and moves all others", "[sampling][property]") {
  ImageNoise moved = with({Rng::kCpu, 0, {}, 100}), plain = with({}), later = with({}, {105, 106});
  CATCH_CHECK(moved.next().equal(plain.next()));
  CATCH_CHECK(moved.next().equal(later.next()));
}

CATCH_TEST_CASE("noise: seed resizing keeps the middle of the other size's noise", "[sampling][property]") {
  const at::Tensor small = NormalStream(Rng::kCpu, 5).next({4, 2, 3});
  const at::Tensor resized = with({Rng::kCpu, 0, {24, 16}, 0}, {5}).next()[0];
  CATCH_CHECK(resized.narrow(1, 2, 2).narrow(2, 1, 3).equal(small));
  CATCH_CHECK(with({Rng::kCpu, 0, {24, 0}, 0}).next().equal(with({}).next()));  // one side alone: nothing
}
