// Flash attention in f32 (AVX512).
#include "kernels/attention_kernel.h"

#if defined(__AVX512F__)
#include "kernels/attention_tile.h"

namespace redraw {
namespace {

struct F32 {
  using Sample = float;
  static constexpr int kPerCell = 1;
  static __m512 multiply_add(__m512i a, __m512i b, __m512 sum) {
    return _mm512_fmadd_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), sum);
  }
  static void store_pair(std::uint32_t* cells, __m512 a, __m512 b) {
    _mm512_store_si512(cells, _mm512_castps_si512(a));
    _mm512_store_si512(cells + kLanes, _mm512_castps_si512(b));
  }
  static void store(float* to, __mmask16 mask, __m512 values) { _mm512_mask_storeu_ps(to, mask, values); }
};

}  // namespace

const AttentionKernel* attention_kernel_f32() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
             ? &Tiles<F32>::kKernel : nullptr;
}

}  // namespace redraw
#else
namespace redraw {
const AttentionKernel* attention_kernel_f32() { return nullptr; }
}  // namespace redraw
#endif
