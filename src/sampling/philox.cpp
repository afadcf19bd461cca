// Philox: the counter-based random numbers of NVIDIA GPUs, on any device.
#include "sampling/philox.h"

#include <array>
#include <cmath>

namespace redraw {
namespace {

using Words = std::array<std::uint32_t, 4>;

constexpr int kRounds = 10;
constexpr std::uint64_t kMultiply0 = 0xD2511F53, kMultiply1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
// 2^-32 and 2 pi 2^-32 in single precision; all else is double.
constexpr float kToUnit = 2.3283064e-10F, kToAngle = 2.3283064e-10F * 6.2831855F;

std::uint32_t high(std::uint64_t product) { return static_cast<std::uint32_t>(product >> 32); }
std::uint32_t low(std::uint64_t product) { return static_cast<std::uint32_t>(product); }

Words philox(Words c, std::uint32_t key0, std::uint32_t key1) {
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t a = c[0] * kMultiply0, b = c[2] * kMultiply1;
    c = {high(b) ^ c[1] ^ key0, low(b), high(a) ^ c[3] ^ key1, low(a)};
    key0 += kWeyl0;
    key1 += kWeyl1;
  }
  return c;
}

/// Box-Muller; only the sine half is used.
float normal_of(std::uint32_t x, std::uint32_t y) {
  const double unit = x * static_cast<double>(kToUnit) + static_cast<double>(kToUnit / 2);
  const double angle = y * static_cast<double>(kToAngle) + static_cast<double>(kToAngle / 2);
  return static_cast<float>(std::sqrt(-2 * std::log(unit)) * std::sin(angle));
}

}  // namespace

void philox_normal(std::uint64_t seed, std::uint32_t draw, std::span<float> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Words words = philox({draw, 0, static_cast<std::uint32_t>(i), 0}, low(seed), high(seed));
    values[i] = normal_of(words[0], words[1]);
  }
}

}  // namespace redraw
