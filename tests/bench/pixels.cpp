// Times what happens to pixels before and after the model: one JSON object, CPU milliseconds by operation (median).
//
// usage: bench_pixels PICTURE.png MASK.png ROUNDS      (scripts/bench/pixels.py runs it beside Pillow and OpenCV)
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <vector>

#include <nlohmann/json.hpp>

#include "canvas/overlay.h"
#include "canvas/prepare.h"
#include "image/color.h"
#include "image/png.h"
#include "image/read.h"
#include "image/resample.h"

namespace {

using redraw::Image;

double cpu_ms() { return 1000.0 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

double median_ms(int rounds, const std::function<void()>& run) {
  run();
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    const double start = cpu_ms();
    run();
    times.push_back(cpu_ms() - start);
  }
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  return times[static_cast<std::size_t>(rounds / 2)];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fprintf(stderr, "usage: bench_pixels PICTURE.png MASK.png ROUNDS\n"), 2;
  const Image picture = redraw::to_rgb(redraw::read_image(argv[1])), mask = redraw::read_image(argv[2]);
  const int rounds = std::max(1, std::atoi(argv[3]));
  redraw::InpaintSettings settings;
  settings.size = picture.size();
  settings.blur_x = settings.blur_y = 32;
  redraw::InpaintSettings filled = settings;
  filled.fill = true;
  const redraw::Prepared prepared = redraw::prepare_inpaint(picture, mask, settings);
  const redraw::Size half{picture.width / 2, picture.height / 2};

  nlohmann::json result;
  const auto time = [&](const char* name, const std::function<void()>& run) { result[name] = median_ms(rounds, run); };
  time("prepare, blur 32", [&] { redraw::prepare_inpaint(picture, mask, settings); });
  time("prepare, blur 32, fill", [&] { redraw::prepare_inpaint(picture, mask, filled); });
  time("paste back", [&] { redraw::apply_overlay(picture, std::nullopt, *prepared.overlay); });
  time("colour correction", [&] { redraw::correct_colors(picture, prepared.init_image); });
  time("Lanczos to half", [&] { redraw::resize_lanczos(picture, half); });
  time("write PNG", [&] { redraw::encode_png(picture, {}); });
  std::puts(result.dump().c_str());
}
