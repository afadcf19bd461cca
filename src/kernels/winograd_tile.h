// Winograd's convolution for one width of registers; included by winograd_avx2.cpp and winograd_avx512.cpp.
//
// A tile is 4 x 4 (or 6 x 6) results and the 6 x 6 (8 x 8) samples that they come from. Both are turned into 36 (64)
// numbers, in which a convolution is a product of matrices for each of them: [tiles, C] by [C, K]. Registers hold
// neighbouring channels. Everything has internal linkage: these files are compiled for more instructions than the rest.
#pragma once

#include <algorithm>
#include <cstring>

#include "kernels/winograd_kernel.h"
#include "kernels/winograd_points.h"

namespace redraw {
namespace {

template <class Set, class Sample, int kTile>
struct Winograd {
  static constexpr int kSide = kTile + 2;
  static constexpr std::int64_t kLanes = Set::kLanes, kRows = Set::kRows, kFewRows = kRows / 3, kPoints = kSide * kSide,
                                kPanel = kWinogradPanel;
  static constexpr int kColumns = 2;  // registers of results in a row
  using V = typename Set::Vector;
  using Bits = typename Set::Bits;
  using Half = typename Set::Half;
  using Turn = Points<kTile>;

  static V load(const float* from) { return *reinterpret_cast<const typename Set::Loose*>(from); }
  static V load(const std::uint16_t* from) {
    Half half;
    std::memcpy(&half, from, sizeof half);
    return reinterpret_cast<V>(__builtin_convertvector(half, Bits) << 16);
  }
  static void store(float* to, V x) { *reinterpret_cast<typename Set::Loose*>(to) = x; }
  static void store(std::uint16_t* to, V x) {
    const Bits bits = reinterpret_cast<Bits>(x), rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    const Half half = __builtin_convertvector(x == x ? rounded : Bits{} + 0x7fc0, Half);
    std::memcpy(to, &half, sizeof half);
  }

  // Steps are an odd number of cache lines: the numbers of a tile, and the tiles, would else meet in one set of the
  // cache.
  static constexpr std::int64_t kLine = 16;
  static std::int64_t padded(std::int64_t tiles) { return (tiles + kFewRows - 1) / kFewRows * kFewRows; }
  static std::int64_t tile_step(std::int64_t channels) { return channels + kLine; }
  static std::int64_t point_step(std::int64_t tiles, std::int64_t channels) {
    return padded(tiles) * tile_step(channels) + kLine;
  }
  static std::int64_t weight_step(const WinogradJob& job) { return job.channels * kPanel + kLine; }
  static std::int64_t panel_size(const WinogradJob& job) { return kPoints * weight_step(job); }
  static std::int64_t tiles_size(std::int64_t tiles, std::int64_t channels) {
    return kPoints * point_step(tiles, channels);
  }

  static void turn_panel(const WinogradJob& job, std::int64_t first_output, float* panel) {
    const auto* weight = static_cast<const Sample*>(job.weight) + first_output * job.channels * 9;
    for (std::int64_t c = 0; c < job.channels; ++c)
      for (std::int64_t k = 0; k < kPanel; k += kLanes) {
        V g[3], half[3][kSide], to[kSide];
        for (int y = 0; y < 3; ++y) {
          for (int x = 0; x < 3; ++x) g[x] = load(weight + (c * 9 + y * 3 + x) * kPanel + k);
          Turn::turn_weights(g, half[y]);
        }
        for (int x = 0; x < kSide; ++x) {
          for (int y = 0; y < 3; ++y) g[y] = half[y][x];
          Turn::turn_weights(g, to);
          for (int y = 0; y < kSide; ++y) store(panel + (y * kSide + x) * weight_step(job) + c * kPanel + k, to[y]);
        }
      }
  }

  struct Place {
    std::int64_t picture, y, x;  // of a tile's first result
  };
  static Place place_of(const WinogradJob& job, std::int64_t tile) {
    const std::int64_t columns = job.tile_columns(kTile), in_picture = columns * job.tile_rows(kTile),
                       rest = tile % in_picture;
    return {tile / in_picture, rest / columns * kTile, rest % columns * kTile};
  }

  /// The samples of one tile: zeros stand outside the picture. 36 in f32 half of their rows at a time, so that they
  /// stay in registers between columns and rows; the samples are read twice for it, which costs more where they must be
  /// widened.
  static constexpr int kAtOnce = kTile == 4 && sizeof(Sample) == 4 ? kSide / 2 : kSide;
  template <bool kWhole>
  static void turn_tile_in(const WinogradJob& job, const Place& place, float* to, std::int64_t step) {
    for (std::int64_t c = 0; c < job.channels; c += kLanes) {
      turn_rows_in<kWhole, 0>(job, place, c, to + c, step);
      if (kAtOnce < kSide)
        turn_rows_in<kWhole, kSide - kAtOnce>(job, place, c, to + (kSide - kAtOnce) * kSide * step + c, step);
    }
  }

  template <bool kWhole, int kFirst>
  static void turn_rows_in(const WinogradJob& job, const Place& place, std::int64_t c, float* to, std::int64_t step) {
    const std::int64_t top = place.y - job.padding, left = place.x - job.padding;
    const auto* x =
        static_cast<const Sample*>(job.x) + ((place.picture * job.height + top) * job.width + left) * job.x_pixel + c;
    V rows[kAtOnce][kSide];
#pragma GCC unroll 8
    for (int j = 0; j < kSide; ++j) {
      V d[kSide], out[kSide];
#pragma GCC unroll 8
      for (int i = 0; i < kSide; ++i) {
        const bool inside = kWhole || (top + i >= 0 && top + i < job.height && left + j >= 0 && left + j < job.width);
        d[i] = inside ? load(x + (i * job.width + j) * job.x_pixel) : V{};
      }
      Turn::turn_in(d, out);
#pragma GCC unroll 8
      for (int i = 0; i < kAtOnce; ++i) rows[i][j] = out[kFirst + i];
    }
#pragma GCC unroll 8
    for (int i = 0; i < kAtOnce; ++i) {
      V out[kSide];
      Turn::turn_in(rows[i], out);
#pragma GCC unroll 8
      for (int j = 0; j < kSide; ++j) store(to + (i * kSide + j) * step, out[j]);
    }
  }

  static void turn_tiles(const WinogradJob& job, const WinogradPart& part, std::int64_t begin, std::int64_t end,
                         float* to) {
    const std::int64_t step = point_step(part.tiles, job.channels);
    for (std::int64_t t = begin; t < end; ++t) {
      const Place place = place_of(job, part.first_tile + t);
      const std::int64_t top = place.y - job.padding, left = place.x - job.padding;
      const bool whole = top >= 0 && left >= 0 && top + kSide <= job.height && left + kSide <= job.width;
      (whole ? turn_tile_in<true> : turn_tile_in<false>)(job, place, to + t * tile_step(job.channels), step);
    }
  }

  /// out[rows, columns] = a[rows, C] by b[C, 32], as many columns as registers hold.
  template <std::int64_t kCount>
  static void multiply_rows(const float* a, std::int64_t a_step, const float* b, std::int64_t channels, float* out,
                            std::int64_t out_step) {
    static_assert(kColumns * kLanes <= kPanel);
    V sums[kCount][kColumns] = {};
    for (std::int64_t c = 0; c < channels; ++c) {
      V row[kColumns];
#pragma GCC unroll 4
      for (int v = 0; v < kColumns; ++v) row[v] = load(b + c * kPanel + v * kLanes);
#pragma GCC unroll 16
      for (int i = 0; i < kCount; ++i) {
        const V one = a[i * a_step + c] - V{};  // to all lanes; adding to zero would have to turn -0 round
#pragma GCC unroll 4
        for (int v = 0; v < kColumns; ++v) sums[i][v] += one * row[v];
      }
    }
#pragma GCC unroll 16
    for (int i = 0; i < kCount; ++i)
#pragma GCC unroll 4
      for (int v = 0; v < kColumns; ++v) store(out + i * out_step + v * kLanes, sums[i][v]);
  }

  /// Asks for the samples of the part's next tiles, a share of them with each of the kPoints products: from memory they
  /// come as slowly as they are turned. Inline, for g++ 12 takes a function that only asks for one that does nothing.
  [[gnu::always_inline]] static inline void fetch(const WinogradJob& job, const WinogradPart& part,
                                                  std::int64_t point) {
    const std::int64_t rows = part.next_tiles * kSide;
    for (std::int64_t row = point * rows / kPoints; row < (point + 1) * rows / kPoints; ++row) {
      const Place place = place_of(job, part.first_tile + part.tiles + row / kSide);
      const std::int64_t y = place.y - job.padding + row % kSide, left = place.x - job.padding;
      if (y < 0 || y >= job.height) continue;
      const auto* x = static_cast<const Sample*>(job.x) + (place.picture * job.height + y) * job.width * job.x_pixel;
      const std::int64_t from = std::max<std::int64_t>(left + 2, 0);  // 2 are its neighbour's
      for (std::int64_t j = from; j < std::min(left + kSide, job.width); ++j)
        for (std::int64_t c = 0; c < job.channels; c += 64 / sizeof(Sample))
          __builtin_prefetch(x + j * job.x_pixel + c, 0, 2);
    }
  }

  static void multiply_all(const WinogradJob& job, const WinogradPart& part, const float* panels, const float* in,
                           float* out) {
    const std::int64_t in_step = tile_step(job.channels), out_step = tile_step(part.outputs);
    for (std::int64_t point = 0; point < kPoints; ++point) {
      fetch(job, part, point);
      const float* const a = in + point * point_step(part.tiles, job.channels);
      float* const to = out + point * point_step(part.tiles, part.outputs);
      for (std::int64_t k = 0; k < part.outputs; k += kColumns * kLanes) {
        const float* b = panels + k / kPanel * kPoints * weight_step(job) + point * weight_step(job) + k % kPanel;
        std::int64_t t = 0;
        for (; t + kRows <= padded(part.tiles); t += kRows)
          multiply_rows<kRows>(a + t * in_step, in_step, b, job.channels, to + t * out_step + k, out_step);
        for (; t < part.tiles; t += kFewRows)
          multiply_rows<kFewRows>(a + t * in_step, in_step, b, job.channels, to + t * out_step + k, out_step);
      }
    }
  }

  /// The results of one tile, kTile x kTile for each output; those outside the picture are left out.
  static void turn_tile_out(const WinogradJob& job, const WinogradPart& part, const Place& place, const float* from,
                            std::int64_t step) {
    const std::int64_t height = job.out_height(), width = job.out_width();
    for (std::int64_t k = part.first_output; k < part.first_output + part.outputs; k += kLanes) {
      V m[kSide], half[kTile][kSide], results[kTile];
      for (int j = 0; j < kSide; ++j) {
        for (int i = 0; i < kSide; ++i) m[i] = load(from + (i * kSide + j) * step + k - part.first_output);
        Turn::turn_out(m, results);
        for (int i = 0; i < kTile; ++i) half[i][j] = results[i];
      }
      const V bias = job.bias != nullptr ? load(job.bias + k) : V{};
      for (int i = 0; i < kTile && place.y + i < height; ++i) {
        Turn::turn_out(half[i], results);
        for (int j = 0; j < kTile && place.x + j < width; ++j) {
          const std::int64_t pixel = (place.y + i) * width + place.x + j;
          V y = results[j] + bias;
          if (job.add != nullptr)
            y +=
                load(static_cast<const Sample*>(job.add) + place.picture * job.add_picture + pixel * job.add_pixel + k);
          if (job.slope != 1) y = y < 0.0F ? y * job.slope : y;
          store(static_cast<Sample*>(job.y) + (place.picture * height * width + pixel) * job.y_pixel + k, y);
        }
      }
    }
  }

  static void multiply(const WinogradJob& job, const WinogradPart& part, const float* panels, const float* turned,
                       float* products) {
    multiply_all(job, part, panels, turned, products);
    for (std::int64_t t = 0; t < part.tiles; ++t)
      turn_tile_out(job, part, place_of(job, part.first_tile + t), products + t * tile_step(part.outputs),
                    point_step(part.tiles, part.outputs));
  }

  static constexpr WinogradKernel kKernel{kTile, panel_size, tiles_size, turn_panel, turn_tiles, multiply};
};

template <class Set>
const WinogradKernel* kernel_of(bool bf16, int tile) {
  if (tile == 6) return bf16 ? &Winograd<Set, std::uint16_t, 6>::kKernel : &Winograd<Set, float, 6>::kKernel;
  return bf16 ? &Winograd<Set, std::uint16_t, 4>::kKernel : &Winograd<Set, float, 4>::kKernel;
}

}  // namespace
}  // namespace redraw
