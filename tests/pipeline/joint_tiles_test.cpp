// Tests of pipeline/joint_tiles: tiles joined to what the net gives over the whole latent.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include <cmath>

#include "image/tile_spans.h"
#include "pipeline/joint_tiles.h"
#include "pipeline/pixels.h"
#include "support/close.h"

using namespace redraw;

CATCH_TEST_CASE("joint_tiles: a net that looks at one cell gives the same in tiles and whole", "[pipeline][property]") {
  const auto net = [](const at::Tensor& x) { return at::sin(x) + 2 * x; };
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{2, 4, 30, 17}, {1, 4, 8, 40}, {1, 4, 9, 9}}) {
    const at::Tensor x = at::randn(shape);
    CATCH_CHECK(at::allclose(joint_tiles(x, 8, 3, 1, net), net(x), test::kF32Cpu, test::kF32Cpu));
  }
}

CATCH_TEST_CASE("joint_tiles: tiles have the size that was asked for, and a tile that covers all is one call",
                "[pipeline]") {
  int calls = 0;
  const auto net = [&](const at::Tensor& x) {
    ++calls;
    CATCH_CHECK(x.size(2) == 8);
    CATCH_CHECK(x.size(3) == 8);
    return x;
  };
  joint_tiles(at::zeros({1, 4, 16, 24}), 8, 2, 1, net);
  CATCH_CHECK(calls == 12);  // 3 rows of 4
  calls = 0;
  joint_tiles(at::zeros({1, 4, 8, 8}), 64, 8, 1, net);
  CATCH_CHECK(calls == 1);
}

CATCH_TEST_CASE("joint_tiles: nets that disagree from tile to tile change over smoothly", "[pipeline]") {
  int tile = 0;
  const auto net = [&](const at::Tensor& x) { return at::full_like(x, tile++); };
  const at::Tensor y = joint_tiles(at::zeros({1, 1, 16, 28}), 16, 4, 1, net)[0][0][8];  // 0 to 1 along a row
  CATCH_CHECK(y[0].item<float>() == 0);
  CATCH_CHECK(y[27].item<float>() == 1);
  CATCH_CHECK((y.slice(0, 1) - y.slice(0, 0, 27)).max().item<float>() < 0.6F);
}

CATCH_TEST_CASE("joint_tiles: a net that is told more channels than it answers", "[pipeline]") {
  const auto net = [](const at::Tensor& x) { return x.narrow(1, 0, 4) + x.narrow(1, 4, 1); };
  const at::Tensor x = at::rand({2, 5, 20, 12});
  CATCH_CHECK(at::allclose(joint_tiles(x, 8, 2, 1, net), net(x), test::kF32Cpu, test::kF32Cpu));
}

CATCH_TEST_CASE("joint_tiles: tiles that share a call give what they give one by one", "[pipeline][property]") {
  const at::Tensor weight = at::randn({4, 5, 3, 3}) / 6, x = at::randn({2, 5, 21, 34});
  std::vector<std::int64_t> rows;
  const auto net = [&](const at::Tensor& parts) {
    rows.push_back(parts.size(0));
    return at::conv2d(parts, weight, {}, 1, 1);
  };
  const at::Tensor alone = joint_tiles(x, 8, 3, 1, net);  // 4 rows of 7
  CATCH_CHECK(rows == std::vector<std::int64_t>(28, 2));
  for (const int per_call : {2, 3, 28, 100}) {
    rows.clear();
    CATCH_CHECK(at::allclose(joint_tiles(x, 8, 3, per_call, net), alone, test::kF32Cpu, test::kF32Cpu));
    CATCH_CHECK(rows.size() == static_cast<std::size_t>((28 + per_call - 1) / per_call));
  }
}

namespace {

/// Of a result made by a net that blurs, sees nothing beyond its tile and has a bias of its own in each.
double seams_of(const at::Tensor& picture, int tile, int overlap) {  // [3, h, w] in [-1, 1]
  at::Tensor x = picture.unsqueeze(0) + 0.3 * at::randn(picture.sizes()).unsqueeze(0);
  const at::Tensor kernel = at::full({3, 1, 3, 3}, 1.0 / 9);
  for (int step = 0; step < 4; ++step) {
    int number = 0;
    const auto net = [&](const at::Tensor& part) {
      return at::conv2d(part, kernel, {}, 1, 1, 1, 3) + 0.02 * (number++ % 2);
    };
    x = 0.5 * x + 0.5 * joint_tiles(x, tile, overlap, 1, net);
  }
  return seam_ratio(tensor_to_image(x[0]), tile, overlap);
}

at::Tensor waves(std::int64_t height, std::int64_t width) {  // [3, h, w]
  const at::Tensor y = at::arange(height, at::kFloat).unsqueeze(1), x = at::arange(width, at::kFloat);
  const at::Tensor plane = 0.3 * at::sin(x * 0.35 + y * 0.1) + 0.3 * at::cos(y * 0.27 - x * 0.05);
  return plane.repeat({3, 1, 1});
}

}  // namespace

CATCH_TEST_CASE("joint_tiles: no border is seen in flat and textured pictures, but without overlap it is",
                "[pipeline][property]") {
  at::manual_seed(3);
  for (const at::Tensor& picture : {at::full({3, 240, 320}, 0.2), waves(240, 320)}) {
    CATCH_CHECK(std::abs(seams_of(picture, 64, 16) - 1) < 0.05);
    CATCH_CHECK(std::abs(seams_of(picture, 96, 32) - 1) < 0.05);
    CATCH_CHECK(seams_of(picture, 64, 0) > 1.05);
  }
}
