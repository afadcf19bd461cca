// Loops of the fused layers on the CPU, over plain memory: group norm over pixels [P, C], GEGLU over rows.
#include "kernels/fused_rows.h"

#include <algorithm>

#include "base/fast.h"

namespace redraw {
namespace {

constexpr std::int64_t kBlockNumbers = 4096;  // of a block that is read twice: 16 kB in f32
constexpr std::int64_t kLeastPixels = 16;
constexpr int kColumns = 4;                   // vectors of sums that stay in registers

/// sums[c] over a block of the pixels' kVectors * 16 channels from x on.
template <int kVectors, class Sample>
REDRAW_LANES void add_columns(const Sample* x, std::int64_t pixels, std::int64_t channels, float* sums) {
  Lanes total[kVectors] = {};
  for (std::int64_t p = 0; p < pixels; ++p)
    for (int v = 0; v < kVectors; ++v) {
      Lanes value;
      load(value, x + p * channels + v * kLaneCount);
      total[v] += value;
    }
  for (int v = 0; v < kVectors; ++v) store(sums + v * kLaneCount, total[v]);
}

/// rests[c] = sum of the distances to mean[c], which is rounded, and squares[c] of their squares.
template <int kVectors, class Sample>
REDRAW_LANES void add_squares(const Sample* x, std::int64_t pixels, std::int64_t channels, const float* mean,
                              float* rests, float* squares) {
  Lanes total[kVectors] = {}, rest[kVectors] = {}, middle[kVectors];
  for (int v = 0; v < kVectors; ++v) load(middle[v], mean + v * kLaneCount);
  for (std::int64_t p = 0; p < pixels; ++p)
    for (int v = 0; v < kVectors; ++v) {
      Lanes value;
      load(value, x + p * channels + v * kLaneCount);
      const Lanes distance = value - middle[v];
      rest[v] += distance;
      total[v] += distance * distance;
    }
  for (int v = 0; v < kVectors; ++v) store(rests + v * kLaneCount, rest[v]);
  for (int v = 0; v < kVectors; ++v) store(squares + v * kLaneCount, total[v]);
}

/// What is known of each channel over one block: [3, C] in scratch.
struct BlockMoments {
  float* mean;
  float* rests;
  float* squares;
};

template <class Sample>
REDRAW_LANES void block_moments(const Sample* x, std::int64_t pixels, std::int64_t channels, const BlockMoments& of) {
  constexpr std::int64_t kWide = kColumns * kLaneCount;
  const float share = 1.0F / static_cast<float>(pixels);
  std::int64_t c = 0;
  for (; c + kWide <= channels; c += kWide) add_columns<kColumns>(x + c, pixels, channels, of.mean + c);
  for (; c < channels; c += kLaneCount) add_columns<1>(x + c, pixels, channels, of.mean + c);
  for (c = 0; c < channels; ++c) of.mean[c] *= share;
  for (c = 0; c + kWide <= channels; c += kWide)
    add_squares<kColumns>(x + c, pixels, channels, of.mean + c, of.rests + c, of.squares + c);
  for (; c < channels; c += kLaneCount)
    add_squares<1>(x + c, pixels, channels, of.mean + c, of.rests + c, of.squares + c);
}

/// Joins a block of `count` pixels to the moments of `before` pixels.
REDRAW_LANES void join(ChannelMoments moments, std::int64_t before, const BlockMoments& of, std::int64_t count,
                       std::int64_t channels) {
  const double n = static_cast<double>(count), share = n / static_cast<double>(before + count);
  const double weight = static_cast<double>(before) * share;
  for (std::int64_t c = 0; c < channels; ++c) {
    const double rest = static_cast<double>(of.rests[c]) / n;
    const double delta = static_cast<double>(of.mean[c]) + rest - moments.mean[c];
    moments.mean[c] += delta * share;
    moments.deviations[c] += static_cast<double>(of.squares[c]) - rest * rest * n + delta * delta * weight;
  }
}

template <class Sample>
REDRAW_LANES void all_moments(const Sample* x, std::int64_t pixels, std::int64_t channels, ChannelMoments moments,
                              float* scratch) {
  const std::int64_t step = std::max(kLeastPixels, kBlockNumbers / channels);
  const BlockMoments block{scratch, scratch + channels, scratch + 2 * channels};
  std::fill_n(moments.mean, channels, 0.0);
  std::fill_n(moments.deviations, channels, 0.0);
  for (std::int64_t from = 0; from < pixels; from += step) {
    const std::int64_t count = std::min(step, pixels - from);
    block_moments(x + from * channels, count, channels, block);
    join(moments, from, block, count, channels);
  }
}

REDRAW_LANES void silu_of(Lanes& x) {
  Lanes e;
  const Lanes negative = -x;
  exp_of(e, negative);
  x = x / (e + 1.0F);
}

template <bool kSilu, class Sample>
REDRAW_LANES void normalise_rows(const Sample* x, Sample* y, std::int64_t pixels, std::int64_t channels,
                                 const ChannelAffine& affine) {
  for (std::int64_t p = 0; p < pixels; ++p)
    for (std::int64_t c = 0; c < channels; c += kLaneCount) {
      Lanes value, mean, scale, shift;
      load(value, x + p * channels + c);
      load(mean, affine.mean + c);
      load(scale, affine.scale + c);
      load(shift, affine.shift + c);
      value = (value - mean) * scale + shift;
      if constexpr (kSilu) silu_of(value);
      store(y + p * channels + c, value);
    }
}

/// Abramowitz and Stegun 7.1.26: erfc(z) = poly(t) e^(-z^2), t = 1 / (1 + p z), for z >= 0; error below 1.5e-7.
REDRAW_LANES void gelu_of(Lanes& x) {
  const Lanes z = (x < 0.0F ? -x : x) * 0.70710678F;
  const Lanes t = 1.0F / (z * 0.3275911F + 1.0F);
  Lanes p = t * 1.061405429F - 1.453152027F;
  p = p * t + 1.421413741F;
  p = p * t - 0.284496736F;
  p = p * t + 0.254829592F;
  Lanes e;
  const Lanes negative_square = -z * z;
  exp_of(e, negative_square);
  const Lanes upper = p * t * e * 0.5F;  // of the standard normal, beyond |x|
  x = x * (x < 0.0F ? upper : 1.0F - upper);
}

template <class Sample>
REDRAW_LANES void geglu_of(const Sample* value, const Sample* gate, Sample* y, std::int64_t width) {
  for (std::int64_t i = 0; i < width; i += kLaneCount) {
    Lanes v, g;
    load(v, value + i);
    load(g, gate + i);
    gelu_of(g);
    const Lanes product = v * g;
    store(y + i, product);
  }
}

}  // namespace

REDRAW_FAST void channel_moments(const float* x, std::int64_t pixels, std::int64_t channels, ChannelMoments moments,
                                 float* scratch) {
  all_moments(x, pixels, channels, moments, scratch);
}
REDRAW_FAST void channel_moments(const Bf16Sample* x, std::int64_t pixels, std::int64_t channels,
                                 ChannelMoments moments, float* scratch) {
  all_moments(x, pixels, channels, moments, scratch);
}

REDRAW_FAST void normalise(const float* x, float* y, std::int64_t pixels, std::int64_t channels, ChannelAffine affine,
                           bool silu) {
  silu ? normalise_rows<true>(x, y, pixels, channels, affine) : normalise_rows<false>(x, y, pixels, channels, affine);
}
REDRAW_FAST void normalise(const Bf16Sample* x, Bf16Sample* y, std::int64_t pixels, std::int64_t channels,
                           ChannelAffine affine, bool silu) {
  silu ? normalise_rows<true>(x, y, pixels, channels, affine) : normalise_rows<false>(x, y, pixels, channels, affine);
}

REDRAW_FAST void geglu_row(const float* value, const float* gate, float* y, std::int64_t width) {
  geglu_of(value, gate, y, width);
}
REDRAW_FAST void geglu_row(const Bf16Sample* value, const Bf16Sample* gate, Bf16Sample* y, std::int64_t width) {
  geglu_of(value, gate, y, width);
}

}  // namespace redraw
