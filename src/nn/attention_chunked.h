// Attention of few, deep heads by whole matrix products over chunks of queries.
#pragma once

#include <ATen/core/Tensor.h>

namespace redraw {

/// As attention (nn/attention.h), not causal, by products: at most about `budget` numbers of scores at once. For heads
/// that are too deep for the flash kernels, as the VAE's one of 512. Scores and softmax are kept in f32 on CUDA.
at::Tensor attention_chunked(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads,
                             std::int64_t budget = std::int64_t{1} << 26);

/// Where attention_chunked is to be taken: on CUDA, for heads deeper than flash and cuDNN attention know.
bool wants_chunks(const at::Tensor& q, std::int64_t heads);

}  // namespace redraw
