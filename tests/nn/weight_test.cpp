// Weights that are laid out for oneDNN: what layers give with them, and what a change does.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include "nn/layers.h"
#include "support/close.h"

using namespace redraw;

namespace {

constexpr at::MemoryFormat kLast = at::MemoryFormat::ChannelsLast;

double tolerance_of(at::ScalarType dtype) { return dtype == at::kFloat ? 10 * test::kF32Cpu : test::kBf16; }

/// Largest error as a share of the largest number.
double error_of(const at::Tensor& got, const at::Tensor& wanted) {
  return ((got.to(at::kDouble) - wanted).abs().max() / wanted.abs().max()).item<double>();
}

struct Case {
  std::int64_t pictures, in, out, height, width, kernel, stride, padding;
};
constexpr Case kCases[] = {{1, 3, 5, 7, 9, 3, 1, 1},   {2, 64, 96, 8, 8, 3, 1, 1}, {2, 33, 17, 9, 6, 3, 2, 1},
                           {1, 16, 32, 5, 5, 1, 1, 0}, {1, 8, 8, 11, 6, 3, 2, 0},  {2, 64, 32, 2, 2, 3, 2, 1},
                           {1, 32, 32, 1, 1, 3, 1, 1}, {2, 16, 16, 1, 6, 3, 1, 1}, {1, 16, 1, 4, 4, 3, 1, 1}};

}  // namespace

CATCH_TEST_CASE("weight: convolutions with it laid out give what ATen gives in f64", "[nn]") {
  at::manual_seed(5);
  const at::ScalarType dtype = GENERATE(at::kFloat, at::kBFloat16);
  for (const Case& c : kCases) {
    CATCH_CAPTURE(dtype, c.in, c.out, c.height, c.stride);
    const at::Tensor weight = at::randn({c.out, c.in, c.kernel, c.kernel}).to(dtype),
                     bias = at::randn({c.out}).to(dtype);
    const at::Tensor x = at::randn({c.pictures, c.in, c.height, c.width}).to(dtype).contiguous(kLast);
    const at::Tensor wanted =
        at::conv2d(x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble), c.stride, c.padding);
    const at::Tensor other = at::randn(wanted.sizes()).to(dtype);
    for (const Conv& layer :
         {Conv{Weight::packable(weight.clone()), bias, c.stride, c.padding}, Conv{weight, bias, c.stride, c.padding}}) {
      CATCH_CHECK(error_of(conv(x, layer), wanted) < tolerance_of(dtype));
      CATCH_CHECK(error_of(conv(x.contiguous(), layer), wanted) < tolerance_of(dtype));
      CATCH_CHECK(error_of(conv_add(x, layer, other), wanted + other) < tolerance_of(dtype));
      CATCH_CHECK(error_of(conv_leaky(x, layer, 0.2), at::leaky_relu(wanted, 0.2)) < tolerance_of(dtype));
      CATCH_CHECK(layer.weight.tensor().equal(weight));
    }
  }
}

CATCH_TEST_CASE("weight: linear layers with it laid out give what ATen gives in f64", "[nn]") {
  at::manual_seed(6);
  const at::ScalarType dtype = GENERATE(at::kFloat, at::kBFloat16);
  const bool has_bias = GENERATE(false, true);
  const at::Tensor weight = at::randn({48, 33, 1, 1}).to(dtype),
                   bias = has_bias ? at::randn({48}).to(dtype) : at::Tensor();
  const at::Tensor x = at::randn({2, 33, 77}).to(dtype).transpose(1, 2);
  const at::Tensor wanted =
      at::linear(x.to(at::kDouble), weight.flatten(1).to(at::kDouble), has_bias ? bias.to(at::kDouble) : bias);
  const at::Tensor other = at::randn(wanted.sizes()).to(dtype);
  for (const Linear& layer : {Linear{Weight::packable(weight.clone()), bias}, Linear{weight, bias}}) {
    CATCH_CHECK(error_of(linear(x, layer), wanted) < tolerance_of(dtype));
    CATCH_CHECK(error_of(linear(x.narrow(1, 5, 3), layer), wanted.narrow(1, 5, 3)) < 2 * tolerance_of(dtype));
    CATCH_CHECK(error_of(linear_add(x, layer, other), wanted + other) < tolerance_of(dtype));
    const at::Tensor row = x.narrow(0, 0, 1).narrow(1, 7, 1), of_row = wanted.narrow(0, 0, 1).narrow(1, 7, 1),
                     beside = other.narrow(0, 1, 1).narrow(1, 3, 1);
    CATCH_CHECK(error_of(linear_add(row, layer, beside), of_row + beside) < 2 * tolerance_of(dtype));
    CATCH_CHECK(layer.weight.tensor().equal(weight));
  }
}

CATCH_TEST_CASE(
    "weight: other numbers count from then on for all copies of the handle, and the first ones come back bit for bit",
    "[nn][property]") {
  at::manual_seed(7);
  const at::ScalarType dtype = GENERATE(at::kFloat, at::kBFloat16);
  const at::Tensor first = at::randn({32, 16, 3, 3}).to(dtype), second = at::randn({32, 16, 3, 3});
  const Weight handle = Weight::packable(first.clone());
  const Conv layer{handle, {}, 1, 1};
  const at::Tensor x = at::randn({1, 16, 8, 8}).to(dtype).contiguous(kLast);
  const at::Tensor before = conv(x, layer);
  handle.assign(second);
  const at::Tensor with_second = conv(x, layer);
  CATCH_CHECK(with_second.equal(conv(x, {Weight::packable(second.to(dtype)), {}, 1, 1})));
  CATCH_CHECK_FALSE(with_second.equal(before));
  handle.assign(first);
  CATCH_CHECK(handle.tensor().equal(first));
  CATCH_CHECK(conv(x, layer).equal(before));
  CATCH_CHECK(conv(x, layer).equal(before));  // any number of times
}

CATCH_TEST_CASE("weight: a narrow one gives what the widened one gives, and takes over what is assigned", "[nn]") {
  at::manual_seed(8);
  const at::ScalarType dtype = GENERATE(at::kHalf, at::kBFloat16);
  const at::Tensor narrow = at::randn({24, 33}).to(dtype), bias = at::randn({24}), x = at::randn({2, 7, 33});
  const Linear layer{Weight::narrow(narrow.clone()), bias};
  const auto exact = [&](const at::Tensor& weight) {
    return at::linear(x, weight.to(at::kFloat), bias).to(at::kDouble);
  };
  CATCH_CHECK(error_of(linear(x, layer), exact(narrow)) < test::kF32Cpu);
  CATCH_CHECK(layer.weight.scalar_type() == dtype);
  const at::Tensor wide = at::randn({24, 33});
  layer.weight.assign(wide);
  CATCH_CHECK(error_of(linear(x, layer), exact(wide)) < test::kF32Cpu);
  CATCH_CHECK(layer.weight.tensor().equal(wide));
  layer.weight.assign(narrow);
  CATCH_CHECK(layer.weight.tensor().equal(narrow));
  CATCH_CHECK(error_of(linear(x, layer), exact(narrow)) < test::kF32Cpu);
}

CATCH_TEST_CASE("weight: what is given as a tensor stays that tensor", "[nn]") {
  const at::Tensor whole = at::randn({12, 4}), part = whole.narrow(0, 4, 4);
  const Linear layer{part, {}};
  const at::Tensor x = at::randn({3, 4});
  linear(x, layer);
  whole.mul_(2);
  CATCH_CHECK(at::allclose(linear(x, layer), at::linear(x, part), 0, test::kF32Cpu));
}

CATCH_TEST_CASE("weight: a handle of nothing is undefined", "[nn]") {
  CATCH_CHECK_FALSE(Weight().defined());
  CATCH_CHECK_FALSE(Weight(at::Tensor()).defined());
  CATCH_CHECK_FALSE(Weight().tensor().defined());
}

CATCH_TEST_CASE("weight: layers that are joined give side by side what each gives, also after one was assigned to",
                "[nn][property]") {
  const c10::InferenceMode guard;
  at::manual_seed(3);
  const Linear q{Weight::packable(at::randn({8, 16})), {}}, k{Weight::packable(at::randn({4, 16})), {}};
  const at::Tensor x = at::randn({2, 5, 16});
  const Linear joined = join({q, k});
  const auto apart = [&] { return at::cat({at::linear(x, q.weight.tensor()), at::linear(x, k.weight.tensor())}, -1); };
  CATCH_CHECK(error_of(linear(x, joined), apart().to(at::kDouble)) < 1e-6);
  const at::Tensor before = linear(x, joined);
  k.weight.assign(at::randn({4, 16}));
  CATCH_CHECK(error_of(linear(x, joined), apart().to(at::kDouble)) < 1e-6);
  CATCH_CHECK(error_of(linear(x, joined), before.to(at::kDouble)) > 0.1);
  CATCH_CHECK(linear(x, q).allclose(before.narrow(-1, 0, 8), 1e-5, 1e-5));
}
