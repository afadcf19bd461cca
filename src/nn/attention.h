// Attention over whole tensors: an own kernel where the processor has the instructions, ATen's elsewhere.
#pragma once

#include <ATen/core/Tensor.h>

namespace redraw {

/// softmax(q k^T / sqrt(d)) v for each head. q [N, T, D], k and v [N, S, D] -> [N, T, D]; D is split over the heads.
/// The last dimension is contiguous; q, k and v may be slices of one product.
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads,
                     bool causal = false);

/// The plain twin: at::scaled_dot_product_attention.
at::Tensor attention_by_aten(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads,
                             bool causal);

/// The own kernel's answer; undefined where it cannot work (other device or number format, no AVX512, odd depth in
/// bf16, depth above 512). f32 and bf16; sums are kept in f32.
at::Tensor attention_by_kernel(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads);

}  // namespace redraw
