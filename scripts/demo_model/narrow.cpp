// Softmax attention of narrow heads (8 or 16 channels) and its gradient, fp32 in vectors of keys: torch's own spends its
// time on matrix products eight wide. q [N, H, T, D], k and v [N, H, S, D], any float format; the result is fp32.
#include <torch/extension.h>

#include <cmath>
#include <vector>

namespace {
using at::Tensor;
constexpr int kLanes = 16, kRows = 4;  // keys of a vector, queries that are worked on together
typedef float V __attribute__((vector_size(4 * kLanes), aligned(4)));
typedef int I __attribute__((vector_size(4 * kLanes), aligned(4)));
const float kNever = -1e30f;  // the score of keys that only fill the last vector

inline V exp2_of(V x) {  // relative error 2e-6 for x <= 0 (a polynomial fitted on -1/2..1/2)
  x = x < -120.0f ? V{} - 120.0f : x;
  const I whole = __builtin_convertvector(x - 0.5f, I);  // cut towards zero: rounded, for x is not above it
  const V f = x - __builtin_convertvector(whole, V);
  V p = f * 0.00133335581f + 0.00961812910f;
  p = p * f + 0.0555041087f, p = p * f + 0.240226507f, p = p * f + 0.693147181f, p = p * f + 1.0f;
  return (V)((I)p + (whole << 23));
}

inline float sum(V x) {
  float total = 0;
  for (int i = 0; i < kLanes; ++i) total += x[i];
  return total;
}

inline float most(V x) {
  float best = x[0];
  for (int i = 1; i < kLanes; ++i) best = std::max(best, x[i]);
  return best;
}

inline V at_(const float* p) { return *reinterpret_cast<const V*>(p); }
inline V& at_(float* p) { return *reinterpret_cast<V*>(p); }

// One head. Keys and values lie as [D, P]: P is S filled up to whole vectors.
template <int D>
struct Head {
  const float *k, *v, *bias;  // bias [P]: 0, or never
  int keys;                   // P

  void scores(const float* q, int j, V (&s)[kRows]) const {
    for (V& x : s) x = at_(bias + j);
    for (int d = 0; d < D; ++d) {
      const V key = at_(k + d * keys + j);
      for (int r = 0; r < kRows; ++r) s[r] += q[r * D + d] * key;
    }
  }

  // q and out [kRows, D], lse [kRows]: the logarithm to base 2 of the sum of powers of two.
  void forward(const float* q, float* out, float* lse, float* buffer) const {
    V best[kRows], s[kRows];
    for (V& x : best) x = V{} + kNever;
    for (int j = 0; j < keys; j += kLanes) {
      scores(q, j, s);
      for (int r = 0; r < kRows; ++r) at_(buffer + r * keys + j) = s[r], best[r] = best[r] > s[r] ? best[r] : s[r];
    }
    for (int r = 0; r < kRows; r += 2) {
      const float highest[2] = {most(best[r]), most(best[r + 1])};
      V sums[2][D] = {}, total[2] = {};
      for (int j = 0; j < keys; j += kLanes) {
        const V one = exp2_of(at_(buffer + r * keys + j) - highest[0]), two = exp2_of(at_(buffer + (r + 1) * keys + j) - highest[1]);
        total[0] += one, total[1] += two;
        for (int d = 0; d < D; ++d) {
          const V value = at_(v + d * keys + j);
          sums[0][d] += one * value, sums[1][d] += two * value;
        }
      }
      for (int i = 0; i < 2; ++i) {
        const float all = sum(total[i]);
        for (int d = 0; d < D; ++d) out[(r + i) * D + d] = sum(sums[i][d]) / all;
        lse[r + i] = highest[i] + std::log2(all);
      }
    }
  }

  // g [kRows, D] is the gradient of out, dot [kRows] the sums of g * out; dq [kRows, D]; dk and dv [D, P] are added to.
  void backward(const float* q, const float* g, const float* lse, const float* dot, float* dq, float* dk, float* dv, float* buffer) const {
    V p[kRows], ds[kRows];
    for (int j = 0; j < keys; j += kLanes) {
      scores(q, j, p);
      for (int r = 0; r < kRows; ++r) p[r] = exp2_of(p[r] - lse[r]), ds[r] = V{} - dot[r];
      for (int d = 0; d < D; ++d) {
        const V value = at_(v + d * keys + j);
        for (int r = 0; r < kRows; ++r) ds[r] += g[r * D + d] * value;
      }
      for (int r = 0; r < kRows; ++r) ds[r] *= p[r], at_(buffer + r * keys + j) = ds[r];
      for (int d = 0; d < D; ++d) {
        V to_k = at_(dk + d * keys + j), to_v = at_(dv + d * keys + j);
        for (int r = 0; r < kRows; ++r) to_k += q[r * D + d] * ds[r], to_v += g[r * D + d] * p[r];
        at_(dk + d * keys + j) = to_k, at_(dv + d * keys + j) = to_v;
      }
    }
    for (int r = 0; r < kRows; r += 2) {
      V sums[2][D] = {};
      for (int j = 0; j < keys; j += kLanes) {
        const V one = at_(buffer + r * keys + j), two = at_(buffer + (r + 1) * keys + j);
        for (int d = 0; d < D; ++d) {
          const V key = at_(k + d * keys + j);
          sums[0][d] += one * key, sums[1][d] += two * key;
        }
      }
      for (int d = 0; d < D; ++d) dq[r * D + d] = sum(sums[0][d]), dq[(r + 1) * D + d] = sum(sums[1][d]);
    }
  }
};

Tensor plain(const Tensor& x) { return x.to(at::kFloat).contiguous(); }

Tensor padded(const Tensor& x, int64_t last) { return at::constant_pad_nd(x, {0, last}).contiguous(); }

struct Call {  // what forward and backward both prepare
  Tensor q, k, v, bias;
  int64_t heads, queries, rows, keys, width;

  Call(const Tensor& query, const Tensor& key, const Tensor& value) {
    const int64_t own = key.size(2), fill = (kLanes - own % kLanes) % kLanes;
    heads = query.size(0) * query.size(1), width = query.size(3), queries = query.size(2), keys = own + fill;
    rows = (queries + kRows - 1) / kRows * kRows;
    q = rows_of(query.to(at::kFloat) * (1.4426950408889634 / std::sqrt(double(width))));
    k = padded(key.to(at::kFloat).transpose(2, 3), fill), v = padded(value.to(at::kFloat).transpose(2, 3), fill);
    bias = at::zeros({keys});
    bias.slice(0, own).fill_(kNever);
  }

  Tensor rows_of(const Tensor& x) const { return at::constant_pad_nd(x.to(at::kFloat), {0, 0, 0, rows - queries}).contiguous(); }

  template <int D>
  Head<D> head(int64_t i) const {
    return {k.data_ptr<float>() + i * D * keys, v.data_ptr<float>() + i * D * keys, bias.data_ptr<float>(), int(keys)};
  }
};

template <int D>
std::vector<Tensor> forward_of(const Call& call, const Tensor& query) {
  Tensor out = at::empty_like(call.q), lse = at::empty({call.heads, call.rows});
  float *o = out.data_ptr<float>(), *l = lse.data_ptr<float>(), *q = call.q.data_ptr<float>();
  at::parallel_for(0, call.heads, 1, [&](int64_t begin, int64_t end) {
    std::vector<float> buffer(kRows * call.keys);
    for (int64_t i = begin; i < end; ++i)
      for (int64_t row = i * call.rows; row < (i + 1) * call.rows; row += kRows)
        call.head<D>(i).forward(q + row * D, o + row * D, l + row, buffer.data());
  });
  return {out.slice(2, 0, call.queries), lse};
}

template <int D>
std::vector<Tensor> backward_of(const Call& call, const Tensor& key, const Tensor& gradient, const Tensor& out, const Tensor& lse) {
  const Tensor g = call.rows_of(gradient), dot = (g * call.rows_of(out)).sum(-1).contiguous();
  Tensor dq = at::empty_like(call.q), dk = at::zeros_like(call.k), dv = at::zeros_like(call.v);
  float *q = call.q.data_ptr<float>(), *gp = g.data_ptr<float>(), *l = lse.data_ptr<float>(), *dp = dot.data_ptr<float>();
  at::parallel_for(0, call.heads, 1, [&](int64_t begin, int64_t end) {
    std::vector<float> buffer(kRows * call.keys);
    for (int64_t i = begin; i < end; ++i)
      for (int64_t row = i * call.rows; row < (i + 1) * call.rows; row += kRows)
        call.head<D>(i).backward(q + row * D, gp + row * D, l + row, dp + row, dq.data_ptr<float>() + row * D,
                                 dk.data_ptr<float>() + i * D * call.keys, dv.data_ptr<float>() + i * D * call.keys, buffer.data());
  });
  const double scale = 1 / std::sqrt(double(D)), ln2 = 0.6931471805599453;  // q in the call is scaled, to base 2
  const auto own = [&](const Tensor& x) { return x.slice(3, 0, key.size(2)).transpose(2, 3); };
  return {dq.slice(2, 0, call.queries) * scale, own(dk) * ln2, own(dv)};
}

std::vector<Tensor> forward(const Tensor& q, const Tensor& k, const Tensor& v) {
  const Call call(q, k, v);
  return call.width == 8 ? forward_of<8>(call, q) : forward_of<16>(call, q);
}

std::vector<Tensor> backward(const Tensor& gradient, const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& out, const Tensor& lse) {
  const Call call(q, k, v);
  return call.width == 8 ? backward_of<8>(call, k, gradient, out, lse) : backward_of<16>(call, k, gradient, out, lse);
}
}  // namespace

PYBIND11_MODULE(TORCH_EXTENSION_NAME, m) {
  m.def("forward", &forward);
  m.def("backward", &backward);
}
