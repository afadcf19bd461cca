// Flash attention in bf16 with f32 sums (AVX512-BF16).
#include "kernels/attention_kernel.h"

#if defined(__AVX512BF16__)
#include "kernels/attention_tile.h"

namespace redraw {
namespace {

struct Bf16 {
  using Sample = std::uint16_t;
  static constexpr int kPerCell = 2;
  // relative error 7.5e-05: shares keep 8 bits
  static constexpr float kExp2[] = {0.0780245215F, 0.226067156F, 0.695833564F, 0.999925196F};
  static __m512 multiply_add(__m512i a, __m512i b, __m512 sum) {
    return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
  }
  static __m256 multiply_add(__m256i a, __m256i b, __m256 sum) {
    return _mm256_dpbf16_ps(sum, reinterpret_cast<__m256bh>(a), reinterpret_cast<__m256bh>(b));
  }
  static __m512 store_pair(std::uint32_t* cells, __m512 a, __m512 b, __m512 sum) {
    const __m512i pair = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(b, a));
    _mm512_store_si512(cells, pair);
    // ones: what is rounded is summed, as it is what counts
    return multiply_add(pair, _mm512_set1_epi32(0x3f803f80), sum);
  }
  static void store(std::uint16_t* to, __mmask16 mask, __m512 values) {
    _mm256_mask_storeu_epi16(to, mask, reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(values)));
  }
};

}  // namespace

const AttentionKernel* attention_kernel_bf16() {
  return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512dq") &&
                 __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
             ? &Tiles<Bf16>::kKernel
             : nullptr;
}

}  // namespace redraw
#else
namespace redraw {
const AttentionKernel* attention_kernel_bf16() { return nullptr; }
}  // namespace redraw
#endif
