// Winograd's turns in one direction, for tiles of 4 and of 6 results; V is a register or a number.
//
// A polynomial's values at some points (0, some pairs +-p, and infinity) are multiplied instead of its coefficients.
// Points near 1 keep the rounding small, and so do few of them. Errors in f32 are those of 256 channels of noise beside
// the plain sum's.
#pragma once

namespace redraw {
namespace {

template <int kTile>
struct Points;

/// 0, +-2/3, +-3/2: 1.6 times the plain sum's error (3.5 times with +-1, +-2).
template <>
struct Points<4> {
  static constexpr float kA = 2.0F / 3, kB = 1.5F;  // their product is 1
  static constexpr float kA2 = kA * kA, kB2 = kB * kB, kA3 = kA2 * kA, kB3 = kB2 * kB, kSum = kA2 + kB2;

  /// Six samples in a row to their six numbers.
  template <class V>
  static void turn_in(const V* d, V* to) {
    const V even_a = d[4] - d[2] * kB2, odd_a = (d[3] - d[1] * kB2) * kA;
    const V even_b = d[4] - d[2] * kA2, odd_b = (d[3] - d[1] * kA2) * kB;
    to[0] = d[0] - d[2] * kSum + d[4];
    to[1] = even_a + odd_a, to[2] = even_a - odd_a;
    to[3] = even_b + odd_b, to[4] = even_b - odd_b;
    to[5] = d[1] - d[3] * kSum + d[5];
  }
  /// Three weights.
  template <class V>
  static void turn_weights(const V* g, V* to) {
    constexpr float kNa = 1 / (2 * kA2 * (kA2 - kB2)), kNb = 1 / (2 * kB2 * (kB2 - kA2));
    to[0] = g[0];
    to[1] = (g[0] + g[2] * kA2 + g[1] * kA) * kNa, to[2] = (g[0] + g[2] * kA2 - g[1] * kA) * kNa;
    to[3] = (g[0] + g[2] * kB2 + g[1] * kB) * kNb, to[4] = (g[0] + g[2] * kB2 - g[1] * kB) * kNb;
    to[5] = g[2];
  }
  /// Six numbers back to four results.
  template <class V>
  static void turn_out(const V* m, V* to) {
    const V sum_a = m[1] + m[2], rest_a = m[1] - m[2], sum_b = m[3] + m[4], rest_b = m[3] - m[4];
    to[0] = m[0] + sum_a + sum_b;
    to[1] = rest_a * kA + rest_b * kB;
    to[2] = sum_a * kA2 + sum_b * kB2;
    to[3] = rest_a * kA3 + rest_b * kB3 + m[5];
  }
};

/// 0, +-1, +-2, +-1/2: seven times the plain sum's error, a three hundredth of bf16's; the least of 300 other triples
/// is 0.93 of it.
template <>
struct Points<6> {
  template <class V>
  static void turn_in(const V* d, V* to) {
    const V even_a = d[2] - d[4] * 4.25F + d[6], odd_a = d[1] - d[3] * 4.25F + d[5];
    const V even_b = d[2] * 0.25F - d[4] * 1.25F + d[6], odd_b = d[1] * 0.5F - d[3] * 2.5F + d[5] * 2.0F;
    const V even_c = d[2] * 4.0F - d[4] * 5.0F + d[6], odd_c = d[1] * 2.0F - d[3] * 2.5F + d[5] * 0.5F;
    to[0] = d[0] - d[6] + (d[4] - d[2]) * 5.25F;
    to[1] = even_a + odd_a, to[2] = even_a - odd_a;
    to[3] = even_b + odd_b, to[4] = even_b - odd_b;
    to[5] = even_c + odd_c, to[6] = even_c - odd_c;
    to[7] = d[7] - d[1] + (d[3] - d[5]) * 5.25F;
  }
  template <class V>
  static void turn_weights(const V* g, V* to) {
    constexpr float kNa = -2.0F / 9, kNb = 1.0F / 90, kNc = 32.0F / 45;
    const V even_a = (g[0] + g[2]) * kNa, odd_a = g[1] * kNa;
    const V even_b = (g[0] + g[2] * 4.0F) * kNb, odd_b = g[1] * (2 * kNb);
    const V even_c = (g[0] + g[2] * 0.25F) * kNc, odd_c = g[1] * (0.5F * kNc);
    to[0] = g[0];
    to[1] = even_a + odd_a, to[2] = even_a - odd_a;
    to[3] = even_b + odd_b, to[4] = even_b - odd_b;
    to[5] = even_c + odd_c, to[6] = even_c - odd_c;
    to[7] = g[2];
  }
  template <class V>
  static void turn_out(const V* m, V* to) {
    const V sum_a = m[1] + m[2], rest_a = m[1] - m[2], sum_b = m[3] + m[4], rest_b = m[3] - m[4], sum_c = m[5] + m[6],
            rest_c = m[5] - m[6];
    to[0] = m[0] + sum_a + sum_b + sum_c;
    to[1] = rest_a + rest_b * 2.0F + rest_c * 0.5F;
    to[2] = sum_a + sum_b * 4.0F + sum_c * 0.25F;
    to[3] = rest_a + rest_b * 8.0F + rest_c * 0.125F;
    to[4] = sum_a + sum_b * 16.0F + sum_c * 0.0625F;
    to[5] = rest_a + rest_b * 32.0F + rest_c * 0.03125F + m[7];
  }
};

}  // namespace
}  // namespace redraw
