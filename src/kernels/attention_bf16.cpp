// Flash attention in bf16 with f32 sums (AVX512-BF16).
#include "kernels/attention_kernel.h"

#if defined(__AVX512BF16__)
#include "kernels/attention_tile.h"

namespace redraw {
namespace {

struct Bf16 {
  using Sample = std::uint16_t;
  static constexpr int kPerCell = 2;
  static __m512 multiply_add(__m512i a, __m512i b, __m512 sum) {
    return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
  }
  static void store_pair(std::uint32_t* cells, __m512 a, __m512 b) {
    _mm512_store_si512(cells, reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(b, a)));
  }
  static void store(std::uint16_t* to, __mmask16 mask, __m512 values) {
    _mm256_mask_storeu_epi16(to, mask, reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(values)));
  }
};

}  // namespace

const AttentionKernel* attention_kernel_bf16() {
  return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
             ? &Tiles<Bf16>::kKernel : nullptr;
}

}  // namespace redraw
#else
namespace redraw {
const AttentionKernel* attention_kernel_bf16() { return nullptr; }
}  // namespace redraw
#endif
