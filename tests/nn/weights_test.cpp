// Tests of nn/weights and nn/layers: keys by prefix, what is missing, attention's shape.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include "nn/layers.h"
#include "support/close.h"
#include "support/errors.h"

using namespace redraw;

CATCH_TEST_CASE("weights: a missing key is a model error that names file and key", "[nn]") {
  const StateDict tensors = {{"net.conv.weight", at::ones({2, 2, 3, 3})}};
  const WeightsSource source{&tensors, "tiny.safetensors", at::kCPU, at::kFloat};
  const Weights conv = Weights(source, "net.").at("conv");
  CATCH_CHECK(conv.has("weight"));
  CATCH_CHECK_FALSE(conv.get_or_none("bias").defined());
  const auto error = test::error_of([&] { conv.get("bias"); });
  CATCH_REQUIRE(error);
  CATCH_CHECK(error->kind() == ErrorKind::kModel);
  CATCH_CHECK(test::mentions(*error, "tiny.safetensors"));
  CATCH_CHECK(test::mentions(*error, "net.conv.bias"));
}

CATCH_TEST_CASE("weights: are converted, and never a view of the file", "[nn]") {
  const at::Tensor f16 = at::ones({4}, at::kHalf), f32 = at::ones({4});
  const StateDict tensors = {{"half", f16}, {"full", f32}};
  const WeightsSource source{&tensors, "tiny.safetensors", at::kCPU, at::kFloat};
  const Weights weights(source, "");
  CATCH_CHECK(weights.get("half").scalar_type() == at::kFloat);
  CATCH_CHECK(weights.get("full").equal(f32));
  CATCH_CHECK(weights.get("full").const_data_ptr() != f32.const_data_ptr());
}

CATCH_TEST_CASE("layers: attention over one key gives its value, and causal looks back only", "[nn]") {
  const at::Tensor q = at::randn({2, 5, 8}), k = at::randn({2, 1, 8}), v = at::randn({2, 1, 8});
  CATCH_CHECK(at::allclose(attention(q, k, v, 2), v.expand({2, 5, 8}), 0, test::kF32Cpu));
  const at::Tensor x = at::randn({1, 4, 8});
  at::Tensor changed = x.clone();
  changed.select(1, 3).fill_(9);
  const at::Tensor before = attention(x, x, x, 2, true), after = attention(changed, changed, changed, 2, true);
  CATCH_CHECK(at::allclose(before.narrow(1, 0, 3), after.narrow(1, 0, 3), 0, test::kF32Cpu));
  CATCH_CHECK_FALSE(at::allclose(before.select(1, 3), after.select(1, 3), 0, test::kF32Cpu));
}
