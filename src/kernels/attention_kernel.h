// Attention on the CPU as a kernel over plain memory; one for each number format, where the processor has it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace redraw {

/// Where the samples of [N, T, heads, d] lie, strides in samples; the d of a head are contiguous.
struct HeadsView {
  const void* data = nullptr;
  std::int64_t picture = 0, token = 0, head = 0;
};

/// out = softmax(q k^T / sqrt(d)) v for N pictures; out is dense [N, T, heads, d].
struct AttentionJob {
  HeadsView q, k, v;
  void* out = nullptr;
  std::int64_t pictures = 0, heads = 0, queries = 0, keys = 0, depth = 0;  // N, H, T, S, d
  std::int64_t pairs() const { return pictures * heads; }
};

/// Flash attention (Dao et al. 2022, arXiv 2205.14135) in blocks of kQueryBlock queries: the scores of a block
/// never leave the cache. `pair` counts picture * heads + head; different pairs and blocks may run on different
/// threads.
struct AttentionKernel {
  /// Bytes that the packed keys and values of one pair take.
  std::size_t (*packed_bytes)(const AttentionJob& job);
  void (*pack)(const AttentionJob& job, std::int64_t pair, std::byte* packed);
  void (*attend)(const AttentionJob& job, std::int64_t pair, std::int64_t first_query, const std::byte* packed);
};
constexpr std::int64_t kQueryBlock = 48;

/// nullptr where the processor lacks AVX512 (f32), or AVX512-BF16 (bf16). bf16 wants an even depth.
const AttentionKernel* attention_kernel_f32();
const AttentionKernel* attention_kernel_bf16();

}  // namespace redraw
