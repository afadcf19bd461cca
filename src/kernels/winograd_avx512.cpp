// Winograd's convolution with AVX512.
#include "kernels/winograd_kernel.h"

#if defined(__AVX512F__)
#include "kernels/winograd_tile.h"

namespace redraw {
namespace {

struct Avx512 {
  static constexpr int kLanes = 16, kRows = 12;  // 24 of 32 registers for sums
  typedef float Vector __attribute__((vector_size(64)));
  typedef float Loose __attribute__((vector_size(64), aligned(4), may_alias));
  typedef std::int32_t Bits __attribute__((vector_size(64)));
  typedef std::uint16_t Half __attribute__((vector_size(32)));
};

}  // namespace

const WinogradKernel* winograd_kernel_avx512(bool bf16, int tile) {
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512vl"))
    return nullptr;
  return kernel_of<Avx512>(bf16, tile);
}

}  // namespace redraw
#else
namespace redraw {
const WinogradKernel* winograd_kernel_avx512(bool, int) { return nullptr; }
}  // namespace redraw
#endif
