// Times attention: the own kernel beside ATen's, CPU milliseconds (least of five), at the shapes of UNets and the VAE.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

#include "nn/attention.h"

namespace {

struct Shape {
  std::int64_t pictures, queries, keys, heads, depth;
};
constexpr std::int64_t kDepths[] = {8, 16, 40, 64, 80, 160};
constexpr std::int64_t kTokens[] = {256, 1024, 4096};

/// Self attention of each head width and number of tokens, two with the text's 77 keys, and the VAE's.
std::vector<Shape> shapes() {
  std::vector<Shape> all;
  for (const std::int64_t depth : kDepths)
    for (const std::int64_t tokens : kTokens) all.push_back({tokens > 1024 ? 1 : 2, tokens, tokens, 8, depth});
  all.push_back({2, 1024, 77, 8, 8});
  all.push_back({1, 4096, 77, 8, 40});
  all.push_back({1, 4096, 4096, 1, 512});
  return all;
}

template <typename F>
double least_ms(F run) {
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    const std::clock_t start = std::clock();
    run();
    best = std::min(best, 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  return best;
}

}  // namespace

int main() {
  const c10::InferenceMode guard;
  at::set_num_threads(1);
  std::printf(
      "| dtype | N, T, S, heads, d | own ms | ATen ms | faster by | own GFLOP/s |\n|---|---|---|---|---|---|\n");
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16})
    for (const Shape& s : shapes()) {
      const auto random = [&](std::int64_t tokens) {
        return at::randn({s.pictures, tokens, s.heads * s.depth}).to(dtype);
      };
      const at::Tensor q = random(s.queries), k = random(s.keys), v = random(s.keys);
      const double own = least_ms([&] { redraw::attention_by_kernel(q, k, v, s.heads); });
      const double aten = least_ms([&] { redraw::attention_by_aten(q, k, v, s.heads, false); });
      const double flop = 4.0 * static_cast<double>(s.pictures * s.queries * s.keys * s.heads * s.depth);
      std::printf("| %s | %ld, %ld, %ld, %ld, %ld | %.1f | %.1f | %.2f | %.0f |\n",
                  dtype == at::kFloat ? "f32" : "bf16", static_cast<long>(s.pictures), static_cast<long>(s.queries),
                  static_cast<long>(s.keys), static_cast<long>(s.heads), static_cast<long>(s.depth), own, aten,
                  aten / own, flop / own * 1e-6);
    }
}
