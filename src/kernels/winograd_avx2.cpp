// Winograd's convolution with AVX2 and FMA.
#include "kernels/winograd_kernel.h"

#if defined(__AVX2__) && defined(__FMA__)
#include "kernels/winograd_tile.h"

namespace redraw {
namespace {

struct Avx2 {
  static constexpr int kLanes = 8, kRows = 6;  // 12 of 16 registers for sums
  typedef float Vector __attribute__((vector_size(32)));
  typedef float Loose __attribute__((vector_size(32), aligned(4), may_alias));
  typedef std::int32_t Bits __attribute__((vector_size(32)));
  typedef std::uint16_t Half __attribute__((vector_size(16)));
};

}  // namespace

const WinogradKernel* winograd_kernel_avx2(bool bf16, int tile) {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return nullptr;
  return kernel_of<Avx2>(bf16, tile);
}

}  // namespace redraw
#else
namespace redraw {
const WinogradKernel* winograd_kernel_avx2(bool, int) { return nullptr; }
}  // namespace redraw
#endif
