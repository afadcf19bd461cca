// Resizing as Pillow does it: separable filters in 22-bit fixed point.
#include "image/resample.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numbers>

#include "base/fast.h"
#include "image/composite.h"
#include "image/row_streams.h"
#include "redraw/error.h"

namespace redraw {
namespace {

constexpr int kPrecisionBits = 22;  // Pillow: 32 - 8 - 2

struct Filter {
  double (*weight)(double);
  double support;
};

double sinc(double x) {
  if (x == 0) return 1;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}

double lanczos(double x) { return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0; }

double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

constexpr Filter kLanczos{lanczos, 3}, kBicubic{bicubic, 2};

/// For each destination sample: the first source sample and the weights from there on.
struct Taps {
  std::vector<int> first;
  std::vector<std::vector<int>> weights;
};

Taps make_taps(const Filter& filter, int source, int destination, double start, double stop) {
  const double scale = (stop - start) / destination;
  const double filter_scale = std::max(scale, 1.0);
  const double support = filter.support * filter_scale;
  Taps taps;
  for (int i = 0; i < destination; ++i) {
    const double centre = start + (i + 0.5) * scale;
    const int low = std::max(static_cast<int>(centre - support + 0.5), 0);
    const int high = std::min(static_cast<int>(centre + support + 0.5), source);
    std::vector<double> raw;
    double sum = 0;
    for (int j = low; j < high; ++j) {
      raw.push_back(filter.weight((j - centre + 0.5) / filter_scale));
      sum += raw.back();
    }
    std::vector<int> fixed;
    for (double w : raw) {
      if (sum != 0) w /= sum;
      const double scaled = w * (1 << kPrecisionBits);
      fixed.push_back(static_cast<int>(scaled + (scaled < 0 ? -0.5 : 0.5)));
    }
    taps.first.push_back(low);
    taps.weights.push_back(std::move(fixed));
  }
  return taps;
}

std::uint8_t clip8(int sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kPrecisionBits, 0, 255));
}

template <int channels>
void resize_row(const std::uint8_t* row, const Taps& taps, std::uint8_t* target) {
  for (std::size_t x = 0; x < taps.first.size(); ++x, target += channels) {
    const std::uint8_t* source = row + taps.first[x] * channels;
    int sums[channels];
    std::fill_n(sums, channels, 1 << (kPrecisionBits - 1));
    for (const int weight : taps.weights[x])
      for (int c = 0; c < channels; ++c) sums[c] += *source++ * weight;
    for (int c = 0; c < channels; ++c) target[c] = clip8(sums[c]);
  }
}
constexpr void (*kResizeRow[])(const std::uint8_t*, const Taps&, std::uint8_t*) = {resize_row<1>, resize_row<2>,
                                                                                   resize_row<3>, resize_row<4>};

Image resize_rows(const Image& image, const Taps& taps) {
  Image result(static_cast<int>(taps.first.size()), image.height, image.channels);
  for (int y = 0; y < image.height; ++y) kResizeRow[image.channels - 1](image.at(0, y), taps, result.at(0, y));
  return result;
}

REDRAW_FAST void add_weighted(int* sums, const std::uint8_t* source, int weight, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) sums[i] += source[i] * weight;
}

Image resize_columns(const Image& image, const Taps& taps) {
  const int height = static_cast<int>(taps.first.size());
  const std::size_t row = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.channels);
  Image result(image.width, height, image.channels);
  std::vector<int> sums(row);
  for (int y = 0; y < height; ++y) {
    const auto& weights = taps.weights[static_cast<std::size_t>(y)];
    std::fill(sums.begin(), sums.end(), 1 << (kPrecisionBits - 1));
    for (std::size_t j = 0; j < weights.size(); ++j) {
      const std::uint8_t* source = image.at(0, taps.first[static_cast<std::size_t>(y)] + static_cast<int>(j));
      add_weighted(sums.data(), source, weights[j], row);
    }
    std::uint8_t* target = result.at(0, y);
    for (std::size_t i = 0; i < row; ++i) target[i] = clip8(sums[i]);
  }
  return result;
}

Image resize_samples(const Filter& filter, const Image& image, Size size, const Box& box) {
  Image result = image;
  if (size.width != image.width || box.x2 - box.x1 != image.width)
    result = resize_rows(result, make_taps(filter, image.width, size.width, box.x1, box.x2));
  if (size.height != image.height || box.y2 - box.y1 != image.height)
    result = resize_columns(result, make_taps(filter, image.height, size.height, box.y1, box.y2));
  return result;
}

Image resize(const Filter& filter, const Image& image, Size size, const Box& box) {
  REDRAW_CHECK(size.width > 0 && size.height > 0 && !image.empty(), "resize needs pixels");
  if (image.channels == 4) return unpremultiply(resize_samples(filter, premultiply(image), size, box));
  return resize_samples(filter, image, size, box);
}

Box whole(const Image& image) {
  return {0, 0, static_cast<double>(image.width), static_cast<double>(image.height)};
}

/// Rows wait until all that a destination row needs are there.
class LanczosRows : public RowStage {
 public:
  LanczosRows(Size from, Size to, int channels, RowSink sink)
      : from_(from),
        to_(to),
        channels_(channels),
        sink_(std::move(sink)),
        sums_(static_cast<std::size_t>(to.width) * static_cast<std::size_t>(channels)),
        finished_(sums_.size()) {
    if (from.width != to.width) across_ = make_taps(kLanczos, from.width, to.width, 0, from.width);
    if (from.height != to.height) down_ = make_taps(kLanczos, from.height, to.height, 0, from.height);
  }

  void push(const std::uint8_t* row) override {
    std::vector<std::uint8_t> narrow(row,
                                     row + static_cast<std::size_t>(from_.width) * static_cast<std::size_t>(channels_));
    if (from_.width != to_.width) {
      narrow.resize(sums_.size());
      kResizeRow[channels_ - 1](row, across_, narrow.data());
    }
    if (from_.height == to_.height) return sink_(narrow.data());
    waiting_.push_back(std::move(narrow));
    ++read_;
    while (next_ < static_cast<std::size_t>(to_.height) && end_of(next_) <= read_) write_row();
  }

 private:
  int end_of(std::size_t y) const { return down_.first[y] + static_cast<int>(down_.weights[y].size()); }

  void write_row() {
    for (; dropped_ < down_.first[next_]; ++dropped_) waiting_.pop_front();
    std::fill(sums_.begin(), sums_.end(), 1 << (kPrecisionBits - 1));
    for (std::size_t j = 0; j < down_.weights[next_].size(); ++j)
      add_weighted(sums_.data(), waiting_[j].data(), down_.weights[next_][j], sums_.size());
    std::transform(sums_.begin(), sums_.end(), finished_.begin(), clip8);
    ++next_;
    sink_(finished_.data());
  }

  Size from_, to_;
  int channels_;
  RowSink sink_;
  Taps across_, down_;
  std::deque<std::vector<std::uint8_t>> waiting_;
  std::vector<int> sums_;
  std::vector<std::uint8_t> finished_;
  int read_ = 0, dropped_ = 0;
  std::size_t next_ = 0;
};

}  // namespace

std::unique_ptr<RowStage> lanczos_rows(Size from, Size to, int channels, RowSink sink) {
  return std::make_unique<LanczosRows>(from, to, channels, std::move(sink));
}

Image resize_lanczos(const Image& image, Size size) {
  return image.size() == size ? image : resize(kLanczos, image, size, whole(image));
}

Image resize_bicubic(const Image& image, Size size) {
  return image.size() == size ? image : resize(kBicubic, image, size, whole(image));
}

Image resize_bicubic(const Image& image, Size size, const Box& box) {
  return resize(kBicubic, image, size, box);
}

Image resize_nearest(const Image& image, Size size) {
  Image result(size.width, size.height, image.channels);
  const double sx = static_cast<double>(image.width) / size.width;
  const double sy = static_cast<double>(image.height) / size.height;
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      const std::uint8_t* source = image.at(static_cast<int>((x + 0.5) * sx), static_cast<int>((y + 0.5) * sy));
      std::copy_n(source, image.channels, result.at(x, y));
    }
  return result;
}

}  // namespace redraw
