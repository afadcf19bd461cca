// The tiles of flash attention with AVX512, for one number format; included by attention_f32.cpp and attention_bf16.cpp.
//
// A cell is what one lane multiplies at a time, 4 bytes: one f32, or two neighbours in bf16. Keys are packed as
// [S / 16, d cells, 16], values as [S cells, d padded to 16]. Everything has internal linkage: these files are
// compiled for more instructions than the rest, and no function of theirs may stand in for one of the rest.
#pragma once

#include <immintrin.h>

#include <cmath>
#include <cstring>
#include <initializer_list>

#include "kernels/attention_kernel.h"

namespace redraw {
namespace {

constexpr int kLanes = 16;
constexpr int kKeyBlock = 256;   // keys whose scores are kept at a time
constexpr int kKeyTile = 64;     // four registers of scores
constexpr int kQueryTile = 6;    // with 4 x 6 accumulators: 24 of 32 registers
constexpr int kMaxDepth = 512;
constexpr float kNever = -1e30F;  // score of a key that is padding

constexpr std::int64_t rounded_up(std::int64_t value, std::int64_t step) { return (value + step - 1) / step * step; }
constexpr std::int64_t least(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

/// 2^x for x <= 0, relative error 7e-08 (minimax polynomial on [-0.5, 0.5]).
inline __m512 exp2_of(__m512 x) {
  x = _mm512_max_ps(_mm512_set1_ps(-126.0F), x);  // this order keeps a NaN
  const __m512 whole = _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const __m512 rest = _mm512_sub_ps(x, whole);
  __m512 p = _mm512_set1_ps(0.00132764714F);
  for (const float c : {0.00967554133F, 0.0555071328F, 0.240221197F, 0.693146967F, 1.00000007F}) p = _mm512_fmadd_ps(p, rest, _mm512_set1_ps(c));
  return _mm512_scalef_ps(p, whole);
}

template <class Format>
struct Tiles {
  using Sample = typename Format::Sample;
  using Cell = std::uint32_t;
  static constexpr int kPerCell = Format::kPerCell;

  /// What one block of queries works on.
  struct Block {
    alignas(64) float scores[kQueryBlock * kKeyBlock];
    alignas(64) Cell shares[kQueryBlock * kKeyBlock / kPerCell];  // of the keys, not yet divided by their sum
    alignas(64) float out[kQueryBlock * kMaxDepth];
    float highest[kQueryBlock], sum[kQueryBlock];
  };

  static std::int64_t padded_keys(const AttentionJob& job) { return rounded_up(job.keys, kKeyTile); }
  static std::int64_t width(const AttentionJob& job) { return rounded_up(job.depth, kLanes); }
  static std::int64_t key_cells(const AttentionJob& job) { return padded_keys(job) * (job.depth / kPerCell); }

  static std::size_t packed_bytes(const AttentionJob& job) {
    return static_cast<std::size_t>(key_cells(job) + padded_keys(job) / kPerCell * width(job)) * sizeof(Cell);
  }

  static const Sample* head_of(const HeadsView& view, const AttentionJob& job, std::int64_t pair) {
    return static_cast<const Sample*>(view.data) + pair / job.heads * view.picture + pair % job.heads * view.head;
  }

  static void pack(const AttentionJob& job, std::int64_t pair, std::byte* packed) {
    Cell* cells = reinterpret_cast<Cell*>(packed);
    std::memset(packed, 0, packed_bytes(job));
    pack_keys(job, head_of(job.k, job, pair), cells);
    pack_values(job, head_of(job.v, job, pair), cells + key_cells(job));
  }

  static void pack_keys(const AttentionJob& job, const Sample* keys, Cell* cells) {
    const std::int64_t steps = job.depth / kPerCell;
    for (std::int64_t s = 0; s < job.keys; ++s)
      for (std::int64_t j = 0; j < steps; ++j)
        std::memcpy(&cells[(s / kLanes * steps + j) * kLanes + s % kLanes], keys + s * job.k.token + j * kPerCell, sizeof(Cell));
  }

  static void pack_values(const AttentionJob& job, const Sample* values, Cell* cells) {
    for (std::int64_t s = 0; s < job.keys; ++s) {
      Sample* row = reinterpret_cast<Sample*>(cells + s / kPerCell * width(job)) + s % kPerCell;
      for (std::int64_t c = 0; c < job.depth; ++c) row[c * kPerCell] = values[s * job.v.token + c];
    }
  }

  /// scores[q, s] = q . k, `count` keys from the packed ones at `keys`.
  static void score(const AttentionJob& job, const Sample* queries, std::int64_t left, const Cell* keys, int count, Block& block) {
    const std::int64_t steps = job.depth / kPerCell;
    for (int q0 = 0; q0 < kQueryBlock && q0 < left; q0 += kQueryTile) {
      const Sample* rows[kQueryTile];  // past the end the last query is done again
      for (int i = 0; i < kQueryTile; ++i) rows[i] = queries + least(q0 + i, left - 1) * job.q.token;
      for (int s0 = 0; s0 < count; s0 += kKeyTile)
        score_tile(rows, keys + s0 * steps, steps, block.scores + q0 * kKeyBlock + s0);
    }
  }

  static void score_tile(const Sample* const* rows, const Cell* keys, std::int64_t steps, float* scores) {
    constexpr int kVectors = kKeyTile / kLanes;
    __m512 sums[kQueryTile][kVectors];
    for (auto& row : sums)
      for (__m512& sum : row) sum = _mm512_setzero_ps();
    for (std::int64_t j = 0; j < steps; ++j) {
      __m512i key[kVectors];
      for (int v = 0; v < kVectors; ++v) key[v] = _mm512_loadu_si512(keys + (v * steps + j) * kLanes);
      for (int i = 0; i < kQueryTile; ++i) {
        const __m512i query = broadcast(rows[i] + j * kPerCell);
        for (int v = 0; v < kVectors; ++v) sums[i][v] = Format::multiply_add(query, key[v], sums[i][v]);
      }
    }
    for (int i = 0; i < kQueryTile; ++i)
      for (int v = 0; v < kVectors; ++v) _mm512_store_ps(scores + i * kKeyBlock + v * kLanes, sums[i][v]);
  }

  static __m512i broadcast(const void* cell) {
    int bits;
    std::memcpy(&bits, cell, sizeof(bits));
    return _mm512_set1_epi32(bits);
  }

  /// Scores of one query to shares; what was summed before is scaled to the new highest score.
  static void softmax_row(int q, int count, float scale, std::int64_t out_width, Block& block) {
    const float* scores = block.scores + q * kKeyBlock;
    __m512 most = _mm512_set1_ps(kNever);
    for (int s = 0; s < count; s += kLanes) most = _mm512_max_ps(most, _mm512_load_ps(scores + s));
    const float now = _mm512_reduce_max_ps(most) * scale;
    const float highest = now > block.highest[q] ? now : block.highest[q];
    const float carried = std::exp2(block.highest[q] - highest);
    const __m512 factor = _mm512_set1_ps(scale), offset = _mm512_set1_ps(-highest);
    __m512 sum = _mm512_setzero_ps();
    for (int s = 0; s < count; s += 2 * kLanes) {
      const __m512 a = exp2_of(_mm512_fmadd_ps(_mm512_load_ps(scores + s), factor, offset));
      const __m512 b = exp2_of(_mm512_fmadd_ps(_mm512_load_ps(scores + s + kLanes), factor, offset));
      sum = _mm512_add_ps(sum, _mm512_add_ps(a, b));
      Format::store_pair(block.shares + (q * kKeyBlock + s) / kPerCell, a, b);
    }
    block.sum[q] = block.sum[q] * carried + _mm512_reduce_add_ps(sum);
    block.highest[q] = highest;
    float* out = block.out + q * out_width;
    for (std::int64_t c = 0; carried != 1.0F && c < out_width; c += kLanes)
      _mm512_store_ps(out + c, _mm512_mul_ps(_mm512_load_ps(out + c), _mm512_set1_ps(carried)));
  }

  /// out[q, columns] += shares . values for kVectors * 16 columns, kRows queries at a time.
  template <int kVectors, int kRows>
  static void add_values(std::int64_t queries, const Cell* values, std::int64_t stride, int steps, const Cell* shares, float* out) {
    for (int q0 = 0; q0 < queries; q0 += kRows) {
      __m512 sums[kRows][kVectors];
      for (int i = 0; i < kRows; ++i)
        for (int v = 0; v < kVectors; ++v) sums[i][v] = _mm512_load_ps(out + (q0 + i) * stride + v * kLanes);
      for (int s = 0; s < steps; ++s) {
        __m512i value[kVectors];
        for (int v = 0; v < kVectors; ++v) value[v] = _mm512_loadu_si512(values + s * stride + v * kLanes);
        for (int i = 0; i < kRows; ++i) {
          const __m512i share = broadcast(shares + (q0 + i) * (kKeyBlock / kPerCell) + s);
          for (int v = 0; v < kVectors; ++v) sums[i][v] = Format::multiply_add(share, value[v], sums[i][v]);
        }
      }
      for (int i = 0; i < kRows; ++i)
        for (int v = 0; v < kVectors; ++v) _mm512_store_ps(out + (q0 + i) * stride + v * kLanes, sums[i][v]);
    }
  }

  using AddValues = void (*)(std::int64_t, const Cell*, std::int64_t, int, const Cell*, float*);
  static constexpr AddValues kAddValues[] = {add_values<1, 12>, add_values<2, 12>, add_values<3, 8>, add_values<4, 6>, add_values<5, 4>};

  static void add_all_values(std::int64_t queries, const Cell* values, std::int64_t out_width, int count, Block& block) {
    const std::int64_t vectors = out_width / kLanes;
    for (std::int64_t v = 0; v < vectors; v += 5)
      kAddValues[least(5, vectors - v) - 1](queries, values + v * kLanes, out_width, count / kPerCell, block.shares,
                                            block.out + v * kLanes);
  }

  static void store(const AttentionJob& job, std::int64_t pair, std::int64_t first, std::int64_t queries, const Block& block) {
    Sample* out = static_cast<Sample*>(job.out);
    for (std::int64_t q = 0; q < queries; ++q) {
      Sample* row = out + ((pair / job.heads * job.queries + first + q) * job.heads + pair % job.heads) * job.depth;
      const __m512 share = _mm512_set1_ps(1.0F / block.sum[q]);
      for (std::int64_t c = 0; c < job.depth; c += kLanes) {
        const auto mask = static_cast<__mmask16>(job.depth - c >= kLanes ? 0xffff : (1 << (job.depth - c)) - 1);
        Format::store(row + c, mask, _mm512_mul_ps(_mm512_load_ps(block.out + q * width(job) + c), share));
      }
    }
  }

  static void attend(const AttentionJob& job, std::int64_t pair, std::int64_t first, const std::byte* packed) {
    static thread_local Block block;
    const Cell* keys = reinterpret_cast<const Cell*>(packed);
    const Cell* values = keys + key_cells(job);
    const Sample* queries = head_of(job.q, job, pair) + first * job.q.token;
    const std::int64_t left = least(kQueryBlock, job.queries - first), out_width = width(job);
    const float scale = 1.44269504F / std::sqrt(static_cast<float>(job.depth));  // to powers of 2
    for (int q = 0; q < kQueryBlock; ++q) block.highest[q] = kNever, block.sum[q] = 0;
    std::memset(block.out, 0, static_cast<std::size_t>(kQueryBlock * out_width) * sizeof(float));
    for (std::int64_t s0 = 0; s0 < padded_keys(job); s0 += kKeyBlock) {
      const int count = static_cast<int>(least(kKeyBlock, padded_keys(job) - s0));
      score(job, queries, left, keys + s0 * (job.depth / kPerCell), count, block);
      for (int q = 0; q < left; ++q) {
        for (std::int64_t s = job.keys - s0; s < count; ++s) block.scores[q * kKeyBlock + s] = kNever;
        softmax_row(q, count, scale, out_width, block);
      }
      add_all_values(left, values + s0 / kPerCell * out_width, out_width, count, block);
    }
    store(job, pair, first, left, block);
  }

  static constexpr AttentionKernel kKernel{packed_bytes, pack, attend};
};

}  // namespace
}  // namespace redraw
