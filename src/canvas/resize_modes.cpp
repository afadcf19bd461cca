// The resize modes: just, crop, fill.
#include "canvas/resize_modes.h"

#include <algorithm>

#include "image/composite.h"
#include "image/resample.h"

namespace redraw {
namespace {

Image just(const Image& image, Size size, const Enlarge& enlarge) { return enlarge_to(image, size, enlarge); }

/// As RGB; grey pictures are masks, and no upscaler sees them.
Image resized_rgb(const Image& image, Size size, const Enlarge& enlarge) {
  return enlarge_to(to_rgb(image), size, image.channels == 1 ? Enlarge() : enlarge);
}

/// Width and height that keep the ratio; `cover` picks the larger of the two ways.
Size scaled_size(const Image& image, Size size, bool cover) {
  const double ratio = static_cast<double>(size.width) / size.height;
  const double source_ratio = static_cast<double>(image.width) / image.height;
  const int by_height = image.width * size.height / image.height;
  const int by_width = image.height * size.width / image.width;
  if (cover) return {ratio > source_ratio ? size.width : by_height, ratio <= source_ratio ? size.height : by_width};
  return {ratio < source_ratio ? size.width : by_height, ratio >= source_ratio ? size.height : by_width};
}

Size at_least_one(Size size) { return {std::max(1, size.width), std::max(1, size.height)}; }

Image crop_mode(const Image& image, Size size, const Enlarge& enlarge) {
  const Image resized = resized_rgb(image, at_least_one(scaled_size(image, size, true)), enlarge);
  Image result(size.width, size.height, 3);
  paste(result, resized, size.width / 2 - resized.width / 2, size.height / 2 - resized.height / 2);
  return result;
}

/// A1111 resizes an empty box at the edge, which continues the last two lines; the last line stays
/// black where the rest is odd.
void fill_rows(Image& result, const Image& resized, int rows) {
  const double w = resized.width, h = resized.height;
  paste(result, resize_bicubic(resized, {resized.width, rows}, {0, 0, w, 0}), 0, 0);
  paste(result, resize_bicubic(resized, {resized.width, rows}, {0, h, w, h}), 0, rows + resized.height);
}

void fill_columns(Image& result, const Image& resized, int columns) {
  const double w = resized.width, h = resized.height;
  paste(result, resize_bicubic(resized, {columns, resized.height}, {0, 0, 0, h}), 0, 0);
  paste(result, resize_bicubic(resized, {columns, resized.height}, {w, 0, w, h}), columns + resized.width, 0);
}

Image fill_mode(const Image& image, Size size, const Enlarge& enlarge) {
  const Image resized = resized_rgb(image, at_least_one(scaled_size(image, size, false)), enlarge);
  const int x = size.width / 2 - resized.width / 2, y = size.height / 2 - resized.height / 2;
  Image result(size.width, size.height, 3);
  paste(result, resized, x, y);
  const double ratio = static_cast<double>(size.width) / size.height;
  const double source_ratio = static_cast<double>(image.width) / image.height;
  if (ratio < source_ratio && y > 0) fill_rows(result, resized, y);
  if (ratio > source_ratio && x > 0) fill_columns(result, resized, x);
  return result;
}

struct ResizeModeRow {
  ResizeMode mode;
  Image (*resize)(const Image&, Size, const Enlarge&);
};
constexpr ResizeModeRow kResizeModes[] = {
    {ResizeMode::kJust, just}, {ResizeMode::kCrop, crop_mode}, {ResizeMode::kFill, fill_mode},
    {ResizeMode::kLatent, fill_mode}};  // A1111: every mode but the first two fills; only masks come here

}  // namespace

Image resize_image(const Image& image, ResizeMode mode, Size size, const Enlarge& enlarge) {
  const auto* row = std::find_if(std::begin(kResizeModes), std::end(kResizeModes),
                                 [&](const ResizeModeRow& r) { return r.mode == mode; });
  return row->resize(image, size, enlarge);
}

Size scaled_by(Size size, double factor) {
  return {static_cast<int>(size.width * factor), static_cast<int>(size.height * factor)};
}

}  // namespace redraw
