// Times 3 x 3 convolutions: Winograd's beside oneDNN's, CPU milliseconds (least of five) and their errors, at shapes of
// UNets, VAEs and upscalers.
//
// usage: bench_conv [THREADS]
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "nn/onednn.h"
#include "nn/winograd.h"

namespace {

struct Shape {
  std::int64_t pictures, in, out, side;
};
constexpr Shape kShapes[] = {{2, 64, 64, 32},    {2, 128, 128, 16},   {2, 128, 128, 8},   {2, 320, 320, 64},
                             {2, 640, 320, 64},  {2, 320, 320, 32},   {2, 640, 640, 32},  {2, 1280, 640, 32},
                             {2, 640, 640, 16},  {2, 1280, 1280, 16}, {2, 1280, 1280, 8}, {2, 2560, 1280, 8},
                             {2, 64, 64, 8},     {2, 128, 128, 4},    {1, 512, 512, 64},  {1, 512, 512, 128},
                             {1, 256, 256, 256}, {1, 128, 128, 512},  {1, 64, 32, 192},   {1, 160, 32, 192},
                             {1, 192, 64, 192},  {1, 64, 64, 768}};

template <typename F>
double least_ms(F run) {
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    const auto start = std::chrono::steady_clock::now();
    run();
    best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

double error_of(const at::Tensor& got, const at::Tensor& wanted) {
  return ((got.to(at::kDouble) - wanted).norm() / wanted.norm()).item<double>();
}

}  // namespace

int main(int count, char** arguments) {
  const c10::InferenceMode guard;
  at::set_num_threads(count > 1 ? std::atoi(arguments[1]) : 1);
  std::printf(
      "| dtype | N, C, K, side | Winograd ms | oneDNN ms | faster by | effective GFLOP/s | errors "
      "|\n|---|---|---|---|---|---|---|\n");
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16})
    for (const Shape& s : kShapes) {
      const at::Tensor x =
          at::randn({s.pictures, s.in, s.side, s.side}).to(dtype).contiguous(at::MemoryFormat::ChannelsLast);
      const at::Tensor weight = (at::randn({s.out, s.in, 3, 3}) / std::sqrt(9.0 * static_cast<double>(s.in))).to(dtype),
                       bias = at::randn({s.out}).to(dtype);
      const at::Tensor turned = redraw::winograd::pack(weight), packed = redraw::onednn::pack_conv(weight, x, 1, 1);
      const bool pays = redraw::winograd::pays(x, weight.sizes(), 1, 1);
      at::Tensor own, other;
      const double own_ms = least_ms([&] { own = redraw::winograd::conv(x, turned, bias, 1); });
      const double other_ms = least_ms([&] { other = redraw::onednn::conv(x, packed, bias, 1, 1); });
      const double flop = 18.0 * static_cast<double>(s.pictures * s.in * s.out * s.side * s.side);
      const at::Tensor wanted = s.side > 128
                                    ? at::Tensor()
                                    : at::conv2d(x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble), 1, 1);
      std::printf("| %s | %ld, %ld, %ld, %ld%s | %.2f | %.2f | %.2f | %.0f |", dtype == at::kFloat ? "f32" : "bf16",
                  static_cast<long>(s.pictures), static_cast<long>(s.in), static_cast<long>(s.out),
                  static_cast<long>(s.side), pays ? "" : " (not taken)", own_ms, other_ms, other_ms / own_ms,
                  flop / own_ms * 1e-6);
      if (wanted.defined()) std::printf(" %.1e, %.1e |\n", error_of(own, wanted), error_of(other, wanted));
      else std::printf(" |\n");
      std::fflush(stdout);
    }
}
