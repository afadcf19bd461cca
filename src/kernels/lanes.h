// Sixteen f32 numbers at a time in the compiler's own vectors, for loops under REDRAW_FAST; f32 and bf16 in memory.
#pragma once

#include <cstdint>
#include <cstring>

namespace redraw {

constexpr int kLaneCount = 16;
using Lanes = float __attribute__((vector_size(4 * kLaneCount)));
using LaneBits = std::int32_t __attribute__((vector_size(4 * kLaneCount)));
using HalfBits = std::uint16_t __attribute__((vector_size(2 * kLaneCount)));

/// bf16 as it lies in memory.
struct Bf16Sample {
  std::uint16_t bits;
};

// By reference and inline: a vector that is passed by value asks the caller for the instructions that it is made of.
#define REDRAW_LANES inline __attribute__((always_inline))

REDRAW_LANES void load(Lanes& to, const float* from) { std::memcpy(&to, from, sizeof to); }
REDRAW_LANES void store(float* to, const Lanes& from) { std::memcpy(to, &from, sizeof from); }

REDRAW_LANES void load(Lanes& to, const Bf16Sample* from) {
  HalfBits half;
  std::memcpy(&half, from, sizeof half);
  const LaneBits bits = __builtin_convertvector(half, LaneBits) << 16;
  std::memcpy(&to, &bits, sizeof to);
}

/// To the nearest, ties to even; a NaN stays one.
REDRAW_LANES void store(Bf16Sample* to, const Lanes& from) {
  LaneBits bits;
  std::memcpy(&bits, &from, sizeof bits);
  const LaneBits rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  const LaneBits kept = from == from ? rounded : LaneBits{} + 0x7fc0;
  const HalfBits half = __builtin_convertvector(kept, HalfBits);
  std::memcpy(to, &half, sizeof half);
}

/// e^x, relative error below 2e-7; 0 below -87 and about 1e38 above 88 (minimax polynomial of 2^x on [-0.5, 0.5]).
REDRAW_LANES void exp_of(Lanes& result, const Lanes& x) {
  constexpr float kMagic = 12582912.0F;  // 1.5 x 2^23: adding it rounds to a whole number
  Lanes power = x * 1.44269504F;
  power = power < -126.0F ? Lanes{} - 126.0F : power;
  power = power > 126.0F ? Lanes{} + 126.0F : power;
  const Lanes shifted = power + kMagic;
  const Lanes rest = power - (shifted - kMagic);
  LaneBits whole;
  std::memcpy(&whole, &shifted, sizeof whole);
  const LaneBits exponent = (whole - 0x4b400000 + 127) << 23;
  Lanes scale;
  std::memcpy(&scale, &exponent, sizeof scale);
  Lanes p = rest * 0.00132764714F + 0.00967554133F;
  p = p * rest + 0.0555071328F;
  p = p * rest + 0.240221197F;
  p = p * rest + 0.693146967F;
  p = p * rest + 1.00000007F;
  result = p * scale;
}

}  // namespace redraw
