// Times a model's parts on the CPU: CPU milliseconds (least of some runs), and the most memory that all took.
//
// usage: bench_model FILE f32|bf16 SIDE THREADS [RUNS [aten | unet | decode | decode:TILE]]
//        aten: without the own fused kernels; unet: its step alone; decode: the VAE's decoding alone, whole or in tiles
//        of so many pixels
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include <sys/resource.h>

#include "models/model.h"
#include "nn/fused.h"
#include "nn/kept_memory.h"

namespace {

template <typename F>
void least_ms(const char* part, int runs, F run) {
  double best = 1e12, first = 0;
  for (int i = 0; i < runs; ++i) {
    const std::clock_t start = std::clock();
    run();
    const double ms = 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    if (i == 0) first = ms;
    best = std::min(best, ms);
  }
  std::printf("%-12s first %9.1f  least %9.1f\n", part, first, best);
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) return 2;
  const c10::InferenceMode guard;
  const redraw::KeptMemory kept;
  at::set_num_threads(std::atoi(arguments[4]));
  const std::string mode = count > 6 ? arguments[6] : "";
  if (mode == "aten") redraw::set_fused_kernels(at::DeviceType::CPU, nullptr);
  const at::ScalarType dtype = std::string(arguments[2]) == "bf16" ? at::kBFloat16 : at::kFloat;
  const std::int64_t side = std::atoi(arguments[3]) / 8;
  const int runs = count > 5 ? std::atoi(arguments[5]) : 3;
  const auto model = redraw::load_model(arguments[1], "", {at::kCPU, dtype, dtype});
  const redraw::ModelTraits& traits = model->traits();
  at::manual_seed(7);
  std::int64_t width = 0;
  for (const std::int64_t w : traits.text_widths) width += w;
  const at::Tensor latent = at::randn({1, traits.latent_channels, side, side}),
                   image = at::rand({1, 3, 8 * side, 8 * side}) * 2 - 1;
  const redraw::TextVectors text{at::randn({2, 77, width}), {}, redraw::new_known_text()};
  const at::Tensor x = at::randn({2, traits.in_channels, side, side}), t = at::full({2}, 500.0);
  redraw::VaeOptions options;
  if (mode.starts_with("decode:")) options.tile = std::stoi(mode.substr(7));
  if (!mode.starts_with("decode")) {
    least_ms("UNet step", runs, [&] { model->predict(x, t, text, {}); });
    if (mode != "unet") least_ms("VAE encode", runs, [&] { model->encode(image); });
  }
  if (mode != "unet") least_ms("VAE decode", runs, [&] { model->decode(latent, options); });
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("peak %ld MB\n", usage.ru_maxrss / 1024);
}
