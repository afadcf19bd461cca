// Flash attention in f32 (AVX512).
#include "kernels/attention_kernel.h"

#if defined(__AVX512F__)
#include "kernels/attention_tile.h"

namespace redraw {
namespace {

struct F32 {
  using Sample = float;
  static constexpr int kPerCell = 1;
  static constexpr float kExp2[] = {
      0.000217022549F, 0.00124396873F, 0.00967884064F, 0.0554833412F, 0.24022983F, 0.693147004F, 1.0F};  // 7e-08
  static __m512 multiply_add(__m512i a, __m512i b, __m512 sum) {
    return _mm512_fmadd_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), sum);
  }
  static __m256 multiply_add(__m256i a, __m256i b, __m256 sum) {
    return _mm256_fmadd_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), sum);
  }
  static __m512 store_pair(std::uint32_t* cells, __m512 a, __m512 b, __m512 sum) {
    _mm512_store_si512(cells, _mm512_castps_si512(a));
    _mm512_store_si512(cells + kLanes, _mm512_castps_si512(b));
    return _mm512_add_ps(sum, _mm512_add_ps(a, b));
  }
  static void store(float* to, __mmask16 mask, __m512 values) { _mm512_mask_storeu_ps(to, mask, values); }
};

}  // namespace

const AttentionKernel* attention_kernel_f32() {
  return __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
             ? &Tiles<F32>::kKernel : nullptr;
}

}  // namespace redraw
#else
namespace redraw {
const AttentionKernel* attention_kernel_f32() { return nullptr; }
}  // namespace redraw
#endif
