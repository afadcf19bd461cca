// Attention: the own kernels beside ATen in f64.
#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "nn/attention.h"
#include "support/close.h"

using namespace redraw;

namespace {

struct Case {
  std::int64_t pictures, queries, keys, heads, depth;
};
constexpr Case kCases[] = {{1, 1, 1, 1, 8},    {2, 64, 77, 8, 40},   {1, 100, 300, 2, 64},
                           {1, 49, 257, 3, 80}, {2, 47, 63, 2, 160}, {1, 130, 130, 1, 512},
                           {1, 100, 1100, 2, 40}, {1, 52, 1536, 1, 24}, {1, 7, 1030, 1, 72}};  // several blocks of keys

at::Tensor random(std::int64_t seed, at::IntArrayRef sizes) {
  return at::randn(sizes, at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(seed)));
}

double error_of(const at::Tensor& got, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                std::int64_t heads) {
  const at::Tensor wanted = attention_by_aten(q.to(at::kDouble), k.to(at::kDouble), v.to(at::kDouble), heads, false);
  return (got.to(at::kDouble) - wanted).abs().max().item<double>();
}

}  // namespace

CATCH_TEST_CASE("the attention kernels give what ATen gives in f64", "[nn]") {
  const auto [dtype, tolerance] = GENERATE(std::pair{at::kFloat, test::kF32Cpu}, std::pair{at::kBFloat16, test::kBf16});
  for (const Case& c : kCases) {
    CATCH_CAPTURE(c.pictures, c.queries, c.keys, c.heads, c.depth);
    const std::int64_t width = c.heads * c.depth;
    const at::Tensor q = random(1, {c.pictures, c.queries, width}).mul(2).to(dtype);
    const at::Tensor k = random(2, {c.pictures, c.keys, width}).to(dtype),
                     v = random(3, {c.pictures, c.keys, width}).to(dtype);
    const at::Tensor got = attention_by_kernel(q, k, v, c.heads);
    if (!got.defined()) {
      CATCH_WARN("this processor has no AVX512 for this format: not compared");
      return;
    }
    CATCH_CHECK(error_of(got, q, k, v, c.heads) < tolerance);
  }
}

CATCH_TEST_CASE("attention takes slices of one product", "[nn]") {
  const at::Tensor qkv = random(4, {2, 50, 3 * 64});
  const auto parts = qkv.chunk(3, 2);
  CATCH_CHECK(error_of(attention(parts[0], parts[1], parts[2], 4), parts[0], parts[1], parts[2], 4) < test::kF32Cpu);
}

CATCH_TEST_CASE("attention survives scores far apart and keeps a NaN", "[nn]") {
  at::Tensor q = random(5, {1, 96, 32}).mul(100);
  const at::Tensor k = random(6, {1, 600, 32}).mul(100), v = random(7, {1, 600, 32});
  CATCH_CHECK(error_of(attention(q, k, v, 1), q, k, v, 1) <
              100 * test::kF32Cpu);  // scores of 1e5: their own rounding shows
  q[0][10][3] = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor got = attention(q, k, v, 1);
  CATCH_CHECK(at::isnan(got[0][10]).all().item<bool>());
  CATCH_CHECK_FALSE(at::isnan(got[0][11]).any().item<bool>());
}

CATCH_TEST_CASE("attention holds where later keys outgrow the earlier ones by far, and where they do not", "[nn]") {
  const auto [dtype, tolerance] = GENERATE(std::pair{at::kFloat, test::kF32Cpu}, std::pair{at::kBFloat16, test::kBf16});
  const double growth = GENERATE(0.0, 0.02, 0.3);
  const at::Tensor grown = at::arange(2048, at::kFloat).mul(growth).add(1).view({1, 2048, 1});
  const at::Tensor q = random(11, {1, 61, 40}).to(dtype), k = random(12, {1, 2048, 40}).mul(grown).to(dtype),
                   v = random(13, {1, 2048, 40}).to(dtype);
  const double of_scores = dtype == at::kFloat ? 200 * growth : 0;  // large ones show their own rounding
  CATCH_CHECK(error_of(attention(q, k, v, 1), q, k, v, 1) < (1 + of_scores) * tolerance);
}

CATCH_TEST_CASE("a picture's attention does not depend on its neighbour", "[nn]") {
  const at::Tensor q = random(8, {2, 70, 64}), k = random(9, {2, 77, 64}), v = random(10, {2, 77, 64});
  const at::Tensor both = attention(q, k, v, 8), second = attention(q.slice(0, 1), k.slice(0, 1), v.slice(0, 1), 8);
  CATCH_CHECK(at::equal(both.slice(0, 1), second));
}
