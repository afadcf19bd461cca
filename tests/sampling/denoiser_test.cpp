// Tests of sampling/denoiser: parts of prompts and their weights.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include "sampling/denoiser.h"
#include "sampling/noise.h"
#include "support/close.h"

using namespace redraw;

namespace {

at::Tensor some(std::int64_t rows, std::int64_t seed) {
  return at::randn({rows, 4, 3, 5}, cpu_generator(seed), at::kFloat);
}

}  // namespace

CATCH_TEST_CASE("guide: parts of weight 1 for each picture are the plain guidance, bit for bit",
                "[sampling][property]") {
  const NetOutputs out{some(3, 1), some(3, 2)};
  CATCH_CHECK(guide(out, {7.5, {{1}, {1}, {1}}}).equal(guide(out, {7.5, {}})));
}

CATCH_TEST_CASE("guide: two equal parts of half the weight are one", "[sampling][property]") {
  const at::Tensor cond = some(1, 1), uncond = some(1, 2);
  const at::Tensor halves = guide({at::cat({cond, cond}), uncond}, {4, {{0.5, 0.5}}});
  CATCH_CHECK(at::allclose(halves, guide({cond, uncond}, {4, {}}), 0, test::kF32Cpu));
}

CATCH_TEST_CASE("guide: a picture's parts do not touch the pictures beside it", "[sampling][property]") {
  const at::Tensor cond = some(3, 1), uncond = some(2, 2);
  const at::Tensor both = guide({cond, uncond}, {4, {{1, -0.5}, {0.3}}});
  CATCH_CHECK(both[0].equal(guide({cond.narrow(0, 0, 2), uncond.narrow(0, 0, 1)}, {4, {{1, -0.5}}})[0]));
  CATCH_CHECK(both[1].equal(guide({cond.narrow(0, 2, 1), uncond.narrow(0, 1, 1)}, {4, {{0.3}}})[0]));
}

CATCH_TEST_CASE("repeat_for_parts: a row for each part, all rows where nothing is composed", "[sampling]") {
  const at::Tensor rows = some(2, 1);
  CATCH_CHECK(repeat_for_parts(rows, {}).equal(rows));
  CATCH_CHECK(repeat_for_parts(rows, {{1, 2}, {1}}).equal(at::stack({rows[0], rows[0], rows[1]})));
}
