// Difference of two pictures: largest step, changed pixels, where they are, PSNR.
#pragma once

#include <cstdint>

#include "redraw/image.h"

namespace redraw {

struct Difference {
  int largest = 0;           // of all channels, 0 .. 255
  std::int64_t changed = 0;  // pixels with any difference
  std::int64_t pixels = 0;   // pixels that were looked at
  double psnr = 0;           // dB over all channels, peak 255; infinite where nothing differs
  Rect box;                  // smallest that holds all changed pixels; empty where there are none
};

/// a, b   of one size, both RGB or both RGBA
/// where  pixels above 0 are looked at; nullptr: all
Difference difference_of(const Image& a, const Image& b, const Mask* where = nullptr);

/// |a - b| of RGB, each channel times `gain` and cut at 255.
Image difference_picture(const Image& a, const Image& b, int gain);

}  // namespace redraw
