// Attention of few, deep heads by whole matrix products over chunks of queries.
#include "nn/attention_chunked.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace redraw {
namespace {

constexpr std::int64_t kDeepestFlashHead = 256;

/// [N, T, D] -> [N x heads, T, d]
at::Tensor heads_apart(const at::Tensor& x, std::int64_t heads) {
  if (heads == 1) return x;
  return x.unflatten(2, {heads, x.size(2) / heads}).transpose(1, 2).flatten(0, 1);
}

/// a b^T; halves on CUDA multiply into f32, so that no score is rounded before its softmax.
at::Tensor scores_of(const at::Tensor& a, const at::Tensor& b) {
  const bool half = a.scalar_type() == at::kHalf || a.scalar_type() == at::kBFloat16;
  return a.is_cuda() && half ? at::bmm(a, b.transpose(1, 2), at::kFloat) : at::bmm(a, b.transpose(1, 2));
}

}  // namespace

bool wants_chunks(const at::Tensor& q, std::int64_t heads) {
  return q.is_cuda() && q.size(2) / heads > kDeepestFlashHead;
}

at::Tensor attention_chunked(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads,
                             std::int64_t budget) {
  const at::Tensor queries = heads_apart(q, heads), keys = heads_apart(k, heads), values = heads_apart(v, heads);
  const double scale = 1 / std::sqrt(static_cast<double>(queries.size(2)));
  const std::int64_t step =
      std::max<std::int64_t>(1, budget / std::max<std::int64_t>(1, queries.size(0) * keys.size(1)));
  at::Tensor out = at::empty({queries.size(0), queries.size(1), values.size(2)}, q.options());
  for (std::int64_t from = 0; from < queries.size(1); from += step) {
    const std::int64_t count = std::min(step, queries.size(1) - from);
    at::Tensor scores = scores_of(queries.narrow(1, from, count), keys);
    const at::Tensor shares = at::softmax(scores.mul_(scale), -1).to(q.scalar_type());
    out.narrow(1, from, count).copy_(at::bmm(shares, values));
  }
  return heads == 1 ? out : out.unflatten(0, {q.size(0), heads}).transpose(1, 2).reshape(q.sizes());
}

}  // namespace redraw
