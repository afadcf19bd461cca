// Colour correction: LAB histogram matching, then the luminosity of the picture itself.
#include "image/color.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace redraw {
namespace {

constexpr int kB = 16384;  // OpenCV's fixed point: one as 1 << 14

std::uint8_t to_byte(int value) { return static_cast<std::uint8_t>(std::clamp(value, 0, 255)); }

double linear_of_srgb(double s) { return s <= 0.04045 ? s / 12.92 : std::pow((s + 0.055) / 1.055, 2.4); }
double srgb_of_linear(double v) { return v <= 0.0031308 ? 12.92 * v : 1.055 * std::pow(v, 1 / 2.4) - 0.055; }

std::array<int, 256> make_gamma() {
  std::array<int, 256> table{};
  for (int i = 0; i < 256; ++i)
    table[static_cast<std::size_t>(i)] = static_cast<int>(std::lrint(2040 * linear_of_srgb(i / 255.0)));
  return table;
}

std::array<int, 3072> make_cube_roots() {
  std::array<int, 3072> table{};
  for (int i = 0; i < 3072; ++i) {
    const float t = static_cast<float>(i) / 2040.0F;
    const float root = t < 216.0F / 24389.0F ? t * (841.0F / 108.0F) + 16.0F / 116.0F : std::cbrt(t);
    table[static_cast<std::size_t>(i)] = static_cast<int>(std::lrint(32768.0F * root));
  }
  table[324] = 17745;  // OpenCV's own cube root rounds this one the other way
  return table;
}

struct LightnessRow { int f, y; };

std::array<LightnessRow, 256> make_lightness() {
  std::array<LightnessRow, 256> table{};
  for (int i = 0; i < 256; ++i) {
    LightnessRow& row = table[static_cast<std::size_t>(i)];
    if (i <= 20) {
      row.y = static_cast<int>(std::lrint(static_cast<double>(i) * kB * 180 / (17.0 * 24389)));
      row.f = static_cast<int>(std::lrint(kB * (16.0 / 116 + 5.0 * i / 1479)));
    } else {
      const float v = 100.0F * static_cast<float>(i) * kB / 29580.0F + 16.0F * kB / 116.0F;
      row.f = static_cast<int>(std::lrint(v));
      row.y = static_cast<int>(std::lrint(v * v / kB * v / kB));
    }
  }
  return table;
}

std::array<std::uint8_t, 4096> make_inverse_gamma() {
  std::array<std::uint8_t, 4096> table{};
  for (int i = 0; i < 4096; ++i)
    table[static_cast<std::size_t>(i)] = to_byte(static_cast<int>(std::lrint(255 * srgb_of_linear(i / 4096.0))));
  return table;
}

int cube(int i) { return i <= 3390 ? i * 108 / 841 - 290 : (i * i / kB) * i / kB; }

void pixel_to_lab(const std::uint8_t* rgb, std::uint8_t* lab) {
  static const std::array<int, 256> gamma = make_gamma();
  static const std::array<int, 3072> root = make_cube_roots();
  const int r = gamma[rgb[0]], g = gamma[rgb[1]], b = gamma[rgb[2]];
  const auto f = [](int sum) { return root[static_cast<std::size_t>((sum + 2048) >> 12)]; };
  const int x = f(1777 * r + 1541 * g + 778 * b), y = f(871 * r + 2929 * g + 296 * b),
            z = f(73 * r + 448 * g + 3575 * b);
  lab[0] = to_byte((296 * y - 1336935 + 16384) >> 15);
  lab[1] = to_byte((500 * (x - y) + 128 * 32768 + 16384) >> 15);
  lab[2] = to_byte((200 * (y - z) + 128 * 32768 + 16384) >> 15);
}

void pixel_to_rgb(const std::uint8_t* lab, std::uint8_t* rgb) {
  static const std::array<LightnessRow, 256> lightness = make_lightness();
  static const std::array<std::uint8_t, 4096> gamma = make_inverse_gamma();
  const LightnessRow row = lightness[lab[0]];
  const int da = ((5 * 53687 * lab[1] + 128) >> 13) - 4194, db = ((41943 * lab[2] + 16) >> 9) - 10485 + 1;
  const int x = cube(row.f + da), y = row.y, z = cube(row.f - db);
  const auto channel = [&](int cx, int cy, int cz) {
    return gamma[static_cast<std::size_t>(std::clamp((cx * x + cy * y + cz * z + 8192) >> 14, 0, 4095))];
  };
  rgb[0] = channel(12615, -6296, -2223);
  rgb[1] = channel(-3773, 7684, 185);
  rgb[2] = channel(217, -836, 4715);
}

template <typename F>
Image each_pixel(const Image& image, F f) {
  Image result(image.width, image.height, 3);
  for (std::size_t i = 0; i + 2 < image.data.size(); i += 3) f(&image.data[i], &result.data[i]);
  return result;
}

using Quantiles = std::array<double, 256>;

/// Share of the samples that are at most v, and which values occur.
Quantiles quantiles_of(const Image& image, std::size_t channel, std::array<bool, 256>& occurs) {
  std::array<std::size_t, 256> count{};
  for (std::size_t i = channel; i < image.data.size(); i += 3) ++count[image.data[i]];
  Quantiles quantiles{};
  std::size_t sum = 0;
  for (std::size_t v = 0; v < 256; ++v) {
    occurs[v] = count[v] != 0;
    sum += count[v];
    quantiles[v] = static_cast<double>(sum) / (static_cast<double>(image.data.size()) / 3);
  }
  return quantiles;
}

/// numpy.interp over the values that occur.
double value_at(double quantile, const Quantiles& quantiles, const std::array<bool, 256>& occurs) {
  int before = -1;
  for (int v = 0; v < 256; ++v) {
    const auto i = static_cast<std::size_t>(v);
    if (!occurs[i]) continue;
    if (quantiles[i] >= quantile) {
      if (before < 0 || quantiles[i] == quantile) return v;  // interpolated it could end just below v
      const double low = quantiles[static_cast<std::size_t>(before)];
      return (v - before) / (quantiles[i] - low) * (quantile - low) + before;
    }
    before = v;
  }
  return before;
}

double luminosity(const double* c) { return 0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2]; }

/// W3C compositing: the colour with another luminosity, pulled back into 0..1.
void set_luminosity(double* c, double wanted) {
  const double shift = wanted - luminosity(c);
  for (int i = 0; i < 3; ++i) c[i] += shift;
  const double lum = luminosity(c), least = std::min({c[0], c[1], c[2]}), most = std::max({c[0], c[1], c[2]});
  for (int i = 0; i < 3; ++i) {
    if (least < 0) c[i] = lum + (c[i] - lum) * lum / (lum - least);
    if (most > 1) c[i] = lum + (c[i] - lum) * (1 - lum) / (most - lum);
  }
}

}  // namespace

Image rgb_to_lab(const Image& rgb) { return each_pixel(rgb, pixel_to_lab); }
Image lab_to_rgb(const Image& lab) { return each_pixel(lab, pixel_to_rgb); }

Image match_histograms(const Image& image, const Image& target) {
  Image result = image;
  for (std::size_t channel = 0; channel < 3; ++channel) {
    std::array<bool, 256> ours{}, theirs{};
    const Quantiles from = quantiles_of(image, channel, ours), to = quantiles_of(target, channel, theirs);
    std::array<std::uint8_t, 256> map{};
    for (std::size_t v = 0; v < 256; ++v)
      if (ours[v]) map[v] = to_byte(static_cast<int>(value_at(from[v], to, theirs)));
    for (std::size_t i = channel; i < result.data.size(); i += 3) result.data[i] = map[result.data[i]];
  }
  return result;
}

Image correct_colors(const Image& image, const Image& target) {
  Image result = lab_to_rgb(match_histograms(rgb_to_lab(image), rgb_to_lab(target)));
  for (std::size_t i = 0; i + 2 < image.data.size(); i += 3) {
    double own[3], color[3];
    for (std::size_t k = 0; k < 3; ++k) {
      own[k] = image.data[i + k] / 255.0;
      color[k] = result.data[i + k] / 255.0;
    }
    set_luminosity(color, luminosity(own));
    for (std::size_t k = 0; k < 3; ++k)
      result.data[i + k] = static_cast<std::uint8_t>(std::clamp(color[k], 0.0, 1.0) * 255);
  }
  return result;
}

}  // namespace redraw
