// Tests of pipeline/joint_tiles: tiles joined to what the net gives over the whole latent.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include "pipeline/joint_tiles.h"
#include "support/close.h"

using namespace redraw;

CATCH_TEST_CASE("joint_tiles: a net that looks at one cell gives the same in tiles and whole", "[pipeline][property]") {
  const auto net = [](const at::Tensor& x) { return at::sin(x) + 2 * x; };
  for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{2, 4, 30, 17}, {1, 4, 8, 40}, {1, 4, 9, 9}}) {
    const at::Tensor x = at::randn(shape);
    CATCH_CHECK(at::allclose(joint_tiles(x, 8, 3, net), net(x), test::kF32Cpu, test::kF32Cpu));
  }
}

CATCH_TEST_CASE("joint_tiles: tiles have the size that was asked for, and a tile that covers all is one call", "[pipeline]") {
  int calls = 0;
  const auto net = [&](const at::Tensor& x) {
    ++calls;
    CATCH_CHECK(x.size(2) == 8);
    CATCH_CHECK(x.size(3) == 8);
    return x;
  };
  joint_tiles(at::zeros({1, 4, 16, 24}), 8, 2, net);
  CATCH_CHECK(calls == 12);  // 3 rows of 4
  calls = 0;
  joint_tiles(at::zeros({1, 4, 8, 8}), 64, 8, net);
  CATCH_CHECK(calls == 1);
}

CATCH_TEST_CASE("joint_tiles: nets that disagree from tile to tile change over smoothly", "[pipeline]") {
  int tile = 0;
  const auto net = [&](const at::Tensor& x) { return at::full_like(x, tile++); };
  const at::Tensor y = joint_tiles(at::zeros({1, 1, 16, 28}), 16, 4, net)[0][0][8];  // 0 to 1 along a row
  CATCH_CHECK(y[0].item<float>() == 0);
  CATCH_CHECK(y[27].item<float>() == 1);
  CATCH_CHECK((y.slice(0, 1) - y.slice(0, 0, 27)).max().item<float>() < 0.6F);
}

CATCH_TEST_CASE("joint_tiles: a net that is told more channels than it answers", "[pipeline]") {
  const auto net = [](const at::Tensor& x) { return x.narrow(1, 0, 4) + x.narrow(1, 4, 1); };
  const at::Tensor x = at::rand({2, 5, 20, 12});
  CATCH_CHECK(at::allclose(joint_tiles(x, 8, 2, net), net(x), test::kF32Cpu, test::kF32Cpu));
}
