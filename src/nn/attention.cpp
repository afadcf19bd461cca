// Attention over whole tensors.
#include "nn/attention.h"

#include <ATen/ATen.h>

#include "nn/attention_chunked.h"
#include "kernels/attention_kernel.h"
#include "nn/parallel.h"
#include "nn/processor.h"

namespace redraw {
namespace {

const AttentionKernel* kernel_for(const at::Tensor& q) {
  static const AttentionKernel* const f32 = attention_kernel_f32();
  static const AttentionKernel* const bf16 = attention_kernel_bf16();
  if (!q.device().is_cpu()) return nullptr;
  return q.scalar_type() == at::kFloat ? f32 : q.scalar_type() == at::kBFloat16 ? bf16 : nullptr;
}

/// ATen multiplies bf16 by AMX where the processor has it, and then loses by narrow heads over few keys alone (measured
/// on a Xeon, docs/BENCHMARKS.md: elsewhere it is up to seven times as fast).
bool aten_is_faster(const at::Tensor& q, std::int64_t keys, std::int64_t depth) {
  constexpr std::int64_t kNarrow = 8, kFewKeys = 128;
  return multiplies_tiles() && q.scalar_type() == at::kBFloat16 && !(depth <= kNarrow && keys <= kFewKeys);
}

HeadsView view_of(const at::Tensor& x, std::int64_t depth) {
  return {x.const_data_ptr(), x.stride(0), x.stride(1), depth};
}

bool fits(const at::Tensor& x, const at::Tensor& q) { return x.stride(2) == 1 && x.scalar_type() == q.scalar_type(); }

}  // namespace

at::Tensor attention_by_aten(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads,
                             bool causal) {
  const auto split = [&](const at::Tensor& y) {  // [N, heads, T, d]
    return y.unflatten(2, {heads, y.size(2) / heads}).transpose(1, 2);
  };
  const at::Tensor out = at::scaled_dot_product_attention(split(q), split(k), split(v), {}, 0.0, causal);
  return out.transpose(1, 2).reshape(q.sizes());  // [N, T, D]
}

at::Tensor attention_by_kernel(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads) {
  const AttentionKernel* kernel = kernel_for(q);
  const std::int64_t depth = q.size(2) / heads;
  if (kernel == nullptr || !fits(q, q) || !fits(k, q) || !fits(v, q) || depth % 2 != 0 || depth > 512 || q.numel() == 0)
    return {};
  at::Tensor out = at::empty(q.sizes(), q.options().memory_format(at::MemoryFormat::Contiguous));
  const AttentionJob job{view_of(q, depth), view_of(k, depth), view_of(v, depth), out.mutable_data_ptr(),
                         q.size(0), heads, q.size(1), k.size(1), depth};
  const auto bytes = static_cast<std::int64_t>(kernel->packed_bytes(job));
  const at::Tensor packed = at::empty({job.pairs(), bytes}, at::kByte);
  auto* const memory = reinterpret_cast<std::byte*>(packed.mutable_data_ptr());
  at::parallel_for(0, job.pairs(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t pair = begin; pair < end; ++pair) kernel->pack(job, pair, memory + pair * bytes);
  });
  const std::int64_t blocks = (job.queries + kQueryBlock - 1) / kQueryBlock;
  at::parallel_for(0, job.pairs() * blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      kernel->attend(job, i / blocks, i % blocks * kQueryBlock, memory + i / blocks * bytes);
  });
  return out;
}

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads, bool causal) {
  if (!causal && wants_chunks(q, heads)) return attention_chunked(q, k, v, heads);
  if (!causal && !aten_is_faster(q, k.size(1), q.size(2) / heads))
    if (at::Tensor out = attention_by_kernel(q, k, v, heads); out.defined()) return out;
  return attention_by_aten(q, k, v, heads, causal);
}

}  // namespace redraw
