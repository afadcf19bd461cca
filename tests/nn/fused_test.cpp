// The fused layers on the CPU beside their plain twins in f64.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "nn/fused.h"
#include "support/close.h"

using namespace redraw;

namespace {

constexpr at::MemoryFormat kLast = at::MemoryFormat::ChannelsLast;

double tolerance_of(at::ScalarType dtype) { return dtype == at::kFloat ? test::kF32Cpu : test::kBf16; }

/// Largest error as a share of the largest number, where that is above 1.
double error_of(const at::Tensor& got, const at::Tensor& wanted) {
  return (got.to(at::kDouble) - wanted).abs().max().item<double>() / std::max(1.0, wanted.abs().max().item<double>());
}

const std::vector<std::vector<std::int64_t>> kMaps = {{1, 32, 1, 1}, {2, 64, 7, 5},  {1, 96, 33, 3},
                                                      {2, 320, 9, 16}, {1, 1280, 4, 4}, {1, 64, 128, 130}};

const FusedKernels& kernels() { return *fused_kernels(at::kCPU); }

struct Layer {
  at::Tensor weight, bias;
  explicit Layer(std::int64_t channels) : weight(at::randn({channels})), bias(at::randn({channels})) {}
  at::Tensor fused(const at::Tensor& x, bool silu) const {
    return kernels().group_norm(x, weight.to(x.dtype()), bias.to(x.dtype()), 32, 1e-5, silu);
  }
  at::Tensor exact(const at::Tensor& x, bool silu) const {
    const auto wide = [&](const at::Tensor& y) { return y.to(x.dtype()).to(at::kDouble); };
    return group_norm_by_aten(x.to(at::kDouble), wide(weight), wide(bias), 32, 1e-5, silu);
  }
};

}  // namespace

CATCH_TEST_CASE("group norm: the CPU's kernel gives what ATen gives in f64", "[nn]") {
  at::manual_seed(1);
  const at::ScalarType dtype = GENERATE(at::kFloat, at::kBFloat16);
  const bool silu = GENERATE(false, true);
  for (const auto& sizes : kMaps) {
    CATCH_CAPTURE(dtype, silu, sizes);
    const Layer layer(sizes[1]);
    const at::Tensor planes = at::randn(sizes).mul(3).add(5).to(dtype), x = planes.contiguous(kLast);
    const at::Tensor y = layer.fused(x, silu);
    CATCH_CHECK(y.is_contiguous(kLast));
    CATCH_CHECK(y.scalar_type() == dtype);
    CATCH_CHECK(error_of(y, layer.exact(x, silu)) < tolerance_of(dtype));
    CATCH_CHECK(layer.fused(planes, silu).equal(y));  // whatever the layout
    CATCH_CHECK(
        layer.fused(at::constant_pad_nd(x, {1, 2, 1, 0}).narrow(2, 1, sizes[2]).narrow(3, 1, sizes[3]), silu).equal(y));
    if (sizes[0] == 2) CATCH_CHECK(layer.fused(x.narrow(0, 1, 1), silu).equal(y.narrow(0, 1, 1)));
  }
}

CATCH_TEST_CASE("group norm: a flat group far from zero gives its bias, and a nearly flat one keeps its digits",
                "[nn]") {
  at::manual_seed(2);
  const Layer layer(64);
  const at::Tensor flat =
      at::randn({1, 32, 1, 1, 1}).mul(100).expand({1, 32, 2, 40, 40}).reshape({1, 64, 40, 40}).contiguous(kLast);
  const at::Tensor wanted = layer.bias.view({1, 64, 1, 1}).expand_as(flat);
  CATCH_CHECK(error_of(layer.fused(flat, false), wanted.to(at::kDouble)) < test::kF32Cpu);
  const at::Tensor nearly = flat + at::randn(flat.sizes()).mul(1e-3).contiguous(kLast);
  CATCH_CHECK(error_of(layer.fused(nearly, false), layer.exact(nearly, false)) < test::kF32Cpu);
}

CATCH_TEST_CASE("group norm: a NaN spoils its own group alone; results do not depend on the number of threads",
                "[nn]") {
  at::manual_seed(3);
  const Layer layer(64);
  at::Tensor x = at::randn({1, 64, 100, 90}).contiguous(kLast);
  const at::Tensor before = layer.fused(x, true);
  const int threads = at::get_num_threads();
  at::set_num_threads(threads == 1 ? 2 : 1);
  CATCH_CHECK(layer.fused(x, true).equal(before));
  at::set_num_threads(threads);
  x[0][5][50][20] = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor y = layer.fused(x, true);
  CATCH_CHECK(at::isnan(y.narrow(1, 4, 2)).all().item<bool>());
  CATCH_CHECK(y.narrow(1, 6, 58).equal(before.narrow(1, 6, 58)));
}

CATCH_TEST_CASE("group norm and GEGLU: what the kernels cannot do is left to ATen", "[nn]") {
  CATCH_CHECK_FALSE(Layer(64).fused(at::randn({1, 64, 4, 4}).to(at::kDouble), true).defined());
  CATCH_CHECK_FALSE(
      kernels().group_norm(at::randn({1, 40, 4, 4}), at::ones({40}), at::ones({40}), 4, 1e-5, true).defined());
  CATCH_CHECK_FALSE(kernels().geglu(at::randn({3, 20})).defined());
}

CATCH_TEST_CASE("GEGLU: the CPU's kernel gives what ATen gives in f64", "[nn]") {
  at::manual_seed(4);
  const at::ScalarType dtype = GENERATE(at::kFloat, at::kBFloat16);
  const at::Tensor x = at::randn({2, 77, 96}).mul(2).to(dtype);
  CATCH_CHECK(error_of(kernels().geglu(x), geglu_by_aten(x.to(at::kDouble))) < tolerance_of(dtype));
  const at::Tensor strided = at::randn({2, 96, 77}).to(dtype).transpose(1, 2);
  CATCH_CHECK(error_of(kernels().geglu(strided), geglu_by_aten(strided.to(at::kDouble))) < tolerance_of(dtype));
  const at::Tensor far = at::linspace(-30, 30, 128, at::kFloat);  // tails of the normal
  const at::Tensor gates = at::cat({at::ones({128}), far}).unsqueeze(0);
  CATCH_CHECK(error_of(kernels().geglu(gates), geglu_by_aten(gates.to(at::kDouble))) < test::kF32Cpu);
}
