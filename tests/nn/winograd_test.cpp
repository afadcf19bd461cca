// Winograd's convolution: every kernel that this processor runs, beside ATen's in f64.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>

#include "nn/layers.h"
#include "nn/winograd.h"

using namespace redraw;

namespace {

struct Case {
  std::int64_t pictures, in, out, height, width, padding;
};
// Maps that end inside a tile, less than a tile, no padding, many outputs, tiles that do not fill a part, more
// weights than are turned at a time.
constexpr Case kCases[] = {{1, 16, 32, 4, 4, 1},    {2, 32, 64, 9, 14, 1},   {1, 48, 32, 3, 2, 1},
                           {2, 16, 96, 11, 7, 0},   {1, 16, 672, 12, 12, 1}, {1, 64, 32, 70, 33, 1},
                           {1, 656, 736, 57, 57, 1}};

/// f32: a few times what a plain sum of so many products has, more with the larger tile; bf16: that of its storing,
/// 2^-9 of the largest number.
double tolerance_of(bool bf16, int tile) { return bf16 ? 0.004 : tile == 6 ? 4e-5 : 1e-5; }

double error_of(const at::Tensor& got, const at::Tensor& wanted) {
  return ((got.to(at::kDouble) - wanted).abs().max() / wanted.abs().max()).item<double>();
}

const WinogradKernel* kernel_of(bool wide, bool bf16, int tile = 4) {
  return (wide ? winograd_kernel_avx512 : winograd_kernel_avx2)(bf16, tile);
}

}  // namespace

CATCH_TEST_CASE("winograd: each kernel gives what ATen gives in f64", "[nn]") {
  at::manual_seed(5);
  const bool wide = GENERATE(false, true), bf16 = GENERATE(false, true);
  const int tile = GENERATE(4, 6);
  const WinogradKernel* kernel = kernel_of(wide, bf16, tile);
  if (kernel == nullptr) return;  // not of this processor
  const at::ScalarType dtype = bf16 ? at::kBFloat16 : at::kFloat;
  for (const Case& c : kCases) {
    CATCH_CAPTURE(wide, bf16, tile, c.in, c.out, c.height, c.width, c.padding);
    const at::Tensor x = at::randn({c.pictures, c.in, c.height, c.width}).to(dtype);
    const at::Tensor weight = (at::randn({c.out, c.in, 3, 3}) / std::sqrt(9.0 * static_cast<double>(c.in))).to(dtype),
                     bias = at::randn({c.out}).to(dtype);
    const at::Tensor wanted = at::conv2d(x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble), 1, c.padding);
    const at::Tensor packed = winograd::pack(weight), map = at::randn(wanted.sizes()).to(dtype),
                     one = at::randn({c.pictures, c.out, 1, 1}).to(dtype);
    const auto run = [&](const at::Tensor& shift, const Finish& finish) {
      return winograd::conv_by(*kernel, x, packed, shift, c.padding, finish);
    };
    CATCH_CHECK(error_of(run(bias, {}), wanted) < tolerance_of(bf16, tile));
    CATCH_CHECK(error_of(run({}, {}), wanted - bias.to(at::kDouble).view({1, -1, 1, 1})) < tolerance_of(bf16, tile));
    CATCH_CHECK(error_of(run(bias, {{}, map}), wanted + map) < tolerance_of(bf16, tile));
    CATCH_CHECK(error_of(run(bias, {{}, one}), wanted + one) < tolerance_of(bf16, tile));
    CATCH_CHECK(error_of(run(bias, {0.2}), at::leaky_relu(wanted, 0.2)) < tolerance_of(bf16, tile));
    CATCH_CHECK(winograd::unpack(packed).equal(weight));
  }
}

CATCH_TEST_CASE("winograd: numbers without an end stay in the tiles that see them", "[nn]") {
  const WinogradKernel* kernel = kernel_of(false, false);
  if (kernel == nullptr) return;
  at::Tensor x = at::ones({1, 16, 16, 16});
  x[0][3][5][5] = NAN;
  const at::Tensor y = winograd::conv_by(*kernel, x, winograd::pack(at::ones({32, 16, 3, 3})), {}, 1);
  CATCH_CHECK(y.isnan().slice(2, 4, 7).slice(3, 4, 7).all().item<bool>());
  CATCH_CHECK_FALSE(y.slice(2, 8).isnan().any().item<bool>());
}

CATCH_TEST_CASE("winograd: a picture's numbers do not depend on its neighbours or on the threads", "[nn]") {
  at::manual_seed(6);
  const Conv layer{Weight::packable(at::randn({64, 32, 3, 3})), at::randn({64}), 1, 1};
  const std::int64_t height = GENERATE(37, 133);  // with small tiles and with large ones
  const at::Tensor x = at::randn({3, 32, height, height + 4});
  const at::Tensor all = conv(x, layer);
  const int threads = at::get_num_threads();
  for (std::int64_t i = 0; i < 3; ++i) CATCH_CHECK(conv(x.narrow(0, i, 1), layer).equal(all.narrow(0, i, 1)));
  at::set_num_threads(1);
  CATCH_CHECK(conv(x, layer).equal(all));
  at::set_num_threads(threads);
}

CATCH_TEST_CASE("winograd: large maps have large tiles, f32 latents have not", "[nn]") {
  at::manual_seed(9);
  const at::Tensor weight = at::randn({32, 16, 3, 3}), packed = winograd::pack(weight);
  struct Row {
    std::int64_t side;
    bool bf16;
    int tile;
  };
  for (const Row& row : {Row{16, true, 4}, Row{64, true, 6}, Row{128, false, 4}, Row{192, false, 6}}) {
    const WinogradKernel *wide = kernel_of(true, row.bf16, row.tile),
                         *kernel = wide != nullptr ? wide : kernel_of(false, row.bf16, row.tile);
    const at::Tensor x = at::randn({1, 16, row.side, row.side}).to(row.bf16 ? at::kBFloat16 : at::kFloat);
    if (kernel == nullptr || !winograd::pays(x, weight.sizes(), 1, 1)) continue;
    const at::Tensor of_dtype = packed.to(x.scalar_type());
    CATCH_CAPTURE(row.side, row.bf16);
    CATCH_CHECK(winograd::conv(x, of_dtype, {}, 1).equal(winograd::conv_by(*kernel, x, of_dtype, {}, 1)));
  }
}

CATCH_TEST_CASE("winograd: a weight goes from one layout to the other and back", "[nn]") {
  at::manual_seed(7);
  const at::Tensor weight = at::randn({32, 16, 3, 3});
  const Conv layer{Weight::packable(weight.clone()), at::randn({32}), 1, 1};
  const at::Tensor large = at::randn({1, 16, 64, 64}), small = at::randn({1, 16, 8, 8});
  const at::Tensor of_large = conv(large, layer), of_small = conv(small, layer);
  CATCH_CHECK(conv(large, layer).equal(of_large));
  CATCH_CHECK(conv(small, layer).equal(of_small));
  CATCH_CHECK(layer.weight.tensor().equal(weight));
  conv(large, layer);
  CATCH_CHECK(layer.weight.tensor().equal(weight));
  layer.weight.assign(2 * weight);
  CATCH_CHECK(at::allclose(conv(large, layer) - layer.bias.view({1, -1, 1, 1}),
                           2 * (of_large - layer.bias.view({1, -1, 1, 1})), 1e-4, 1e-4));
}

CATCH_TEST_CASE("winograd: from some channels of a map into others of it", "[nn]") {
  at::manual_seed(8);
  const bool is_packable = GENERATE(true, false);  // false: ATen's convolution, whose result is copied
  for (const std::int64_t side : {40, 5}) {
    const Weight weight = is_packable ? Weight::packable(at::randn({32, 64, 3, 3})) : Weight(at::randn({32, 64, 3, 3}));
    const Conv layer{weight, at::randn({32}), 1, 1};
    const at::Tensor all = at::randn({2, 112, side, side}).contiguous(at::MemoryFormat::ChannelsLast),
                     before = all.clone();
    const at::Tensor wanted = conv_leaky(before.narrow(1, 0, 64).contiguous(), layer);
    conv_leaky_into(all.narrow(1, 64, 32), all.narrow(1, 0, 64), layer);
    CATCH_CHECK(at::allclose(all.narrow(1, 64, 32), wanted, 1e-5, 1e-4));
    CATCH_CHECK(all.narrow(1, 0, 64).equal(before.narrow(1, 0, 64)));
    CATCH_CHECK(all.narrow(1, 96, 16).equal(before.narrow(1, 96, 16)));
  }
}
