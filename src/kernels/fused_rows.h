// Loops of the fused layers on the CPU, over plain memory: group norm over pixels [P, C], GEGLU over rows.
#pragma once

#include <cstdint>

#include "kernels/lanes.h"

namespace redraw {

/// Mean and squared deviations of each channel over some pixels.
struct ChannelMoments {
  double* mean;
  double* deviations;  // sum of squares
};

/// What group norm does to a number of channel c: (x - mean) * scale + shift.
struct ChannelAffine {
  const float* mean;
  const float* scale;
  const float* shift;
};

/// moments over the pixels [P, C] at x, C a multiple of 16. Two passes over each block of pixels that fits the cache,
/// blocks joined in f64 (Chan, Golub and LeVeque 1979): groups that are nearly flat keep all their digits.
/// scratch  3 C numbers
void channel_moments(const float* x, std::int64_t pixels, std::int64_t channels, ChannelMoments moments,
                     float* scratch);
void channel_moments(const Bf16Sample* x, std::int64_t pixels, std::int64_t channels, ChannelMoments moments,
                     float* scratch);

/// y = (x - mean) * scale + shift of pixels [P, C], C a multiple of 16; silu: then y * sigmoid(y).
void normalise(const float* x, float* y, std::int64_t pixels, std::int64_t channels, ChannelAffine affine, bool silu);
void normalise(const Bf16Sample* x, Bf16Sample* y, std::int64_t pixels, std::int64_t channels, ChannelAffine affine,
               bool silu);

/// y[i] = value[i] * gelu(gate[i]) for `width` numbers, a multiple of 16; gelu by erf, error below 2e-7 |gate|.
void geglu_row(const float* value, const float* gate, float* y, std::int64_t width);
void geglu_row(const Bf16Sample* value, const Bf16Sample* gate, Bf16Sample* y, std::int64_t width);

}  // namespace redraw
