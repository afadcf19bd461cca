// Enlarging as A1111 does it: passes of an upscaler until the size is reached, then Lanczos.
#include "canvas/enlarge.h"

#include <algorithm>

#include "base/text.h"
#include "image/resample.h"

namespace redraw {
namespace {

Size scaled(const Image& image, double scale) {
  return {std::max(1, static_cast<int>(image.width * scale)), std::max(1, static_cast<int>(image.height * scale))};
}

Image lanczos_pass(const Image& image, double scale) { return resize_lanczos(image, scaled(image, scale)); }
Image nearest_pass(const Image& image, double scale) { return resize_nearest(image, scaled(image, scale)); }

constexpr PixelUpscaler kPixelUpscalers[] = {
    {"none", "None", "plain resizing (Lanczos)", nullptr},
    {"lanczos", "Lanczos", "A1111's upscaler of that name", lanczos_pass},
    {"nearest", "Nearest", "every pixel a square", nearest_pass}};

int down_to_8(double side) { return static_cast<int>(side) / 8 * 8; }

}  // namespace

std::span<const PixelUpscaler> pixel_upscalers() { return kPixelUpscalers; }

const PixelUpscaler* find_pixel_upscaler(std::string_view name) {
  for (const PixelUpscaler& row : kPixelUpscalers)
    if (to_lower(name) == to_lower(row.name)) return &row;
  return nullptr;
}

Image enlarge_by(const Image& image, double scale, const Enlarge& pass) {
  const Size wanted{std::max(1, down_to_8(image.width * scale)), std::max(1, down_to_8(image.height * scale))};
  Image result = image;
  for (int i = 0; i < 3; ++i) {
    const bool reached = result.width >= wanted.width && result.height >= wanted.height;
    if (reached && (i > 0 || scale != 1)) break;
    const Size before = result.size();
    result = pass(result, scale);
    if (result.size() == before) break;
  }
  return resize_lanczos(result, wanted);
}

Image enlarge_to(const Image& image, Size size, const Enlarge& pass) {
  const double scale =
      std::max(static_cast<double>(size.width) / image.width, static_cast<double>(size.height) / image.height);
  if (!pass || image.channels == 1 || scale <= 1) return resize_lanczos(image, size);
  return resize_lanczos(enlarge_by(image, scale, pass), size);
}

}  // namespace redraw
