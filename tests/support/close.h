// The tolerance table: the only place with numbers for how close is close enough.
#pragma once

namespace redraw::test {

constexpr double kF32Cpu = 1e-5, kF32Cuda = 1e-4, kF16 = 1e-2, kBf16 = 4e-2;
constexpr int kPixelSteps = 1;  // of 255, where a picture came through float arithmetic

}  // namespace redraw::test
