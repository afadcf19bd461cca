// Tests of nn/attention_chunked: chunks of any size give what ATen's attention gives.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "nn/attention.h"
#include "nn/attention_chunked.h"

using namespace redraw;

namespace {

double largest(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

}  // namespace

CATCH_TEST_CASE("attention_chunked: equals ATen's attention in f64, whatever the chunks", "[nn][property]") {
  const c10::InferenceMode guard;
  at::manual_seed(3);
  for (const std::int64_t heads : {1, 2}) {
    const at::Tensor q = at::randn({2, 37, 512}, at::kDouble), k = at::randn({2, 29, 512}, at::kDouble),
                     v = at::randn({2, 29, 512}, at::kDouble);
    const at::Tensor exact = attention_by_aten(q, k, v, heads, false);
    for (const std::int64_t budget : {1, 29 * 2 * 5, 29 * 2 * 36, 1 << 26}) {
      CATCH_INFO(heads << " heads, " << budget);
      CATCH_CHECK(largest(attention_chunked(q, k, v, heads, budget), exact) < 1e-12);
    }
  }
}

CATCH_TEST_CASE("attention_chunked: in f32 and halves as near as the format allows", "[nn][property]") {
  const c10::InferenceMode guard;
  at::manual_seed(4);
  const at::Tensor x = at::randn({1, 33, 512}, at::kDouble), exact = attention_by_aten(x, x, x, 1, false);
  for (const auto& [dtype, tolerance] : {std::pair{at::kFloat, 1e-5}, {at::kHalf, 1e-2}, {at::kBFloat16, 6e-2}}) {
    const at::Tensor y = x.to(dtype);
    CATCH_INFO(dtype);
    CATCH_CHECK(attention_chunked(y, y, y, 1, 33 * 7).scalar_type() == dtype);
    CATCH_CHECK(largest(attention_chunked(y, y, y, 1, 33 * 7), exact) < tolerance);
  }
}

CATCH_TEST_CASE("attention_chunked: the CPU has a kernel of its own for deep heads", "[nn]") {
  CATCH_CHECK_FALSE(wants_chunks(at::zeros({1, 2, 512}), 1));
}
