// The tiles of flash attention with AVX512, for one number format; included by attention_f32.cpp and
// attention_bf16.cpp. Everything has internal linkage, as in attention_packed.h.
#pragma once

#include <immintrin.h>

#include <cmath>
#include <iterator>

#include "kernels/attention_packed.h"

namespace redraw {
namespace {

constexpr int kKeyBlock = 512;    // keys whose shares are kept at a time
constexpr int kKeyTile = 64;      // four registers of scores
constexpr int kQueryTile = 6;     // with 4 x 6 accumulators: 24 of 32 registers
constexpr int kMaxDepth = 512;
constexpr float kNever = -1e30F;  // score of a key that is padding
constexpr float kLog2e = 1.44269504F;

/// 2^x = 2^floor(x) 2^rest; the second by the format's polynomial on [0, 1). Far below the normal numbers it is 0; a
/// NaN stays.
template <class Format>
inline __m512 exp2_of(__m512 x) {
  const __m512 whole = _mm512_roundscale_ps(x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC),
               rest = _mm512_sub_ps(x, whole);
  __m512 p = _mm512_set1_ps(Format::kExp2[0]);
  for (std::size_t i = 1; i < std::size(Format::kExp2); ++i)
    p = _mm512_fmadd_ps(p, rest, _mm512_set1_ps(Format::kExp2[i]));
  return _mm512_scalef_ps(p, whole);
}

template <class Format>
struct Tiles : Packed<Format> {
  using typename Packed<Format>::Sample;
  using typename Packed<Format>::Cell;
  using Packed<Format>::kPerCell;

  /// What one block of queries works on.
  struct Block {
    // then, from the start of each row on, shares: not yet divided by their sum
    alignas(64) float scores[kQueryBlock * kKeyBlock];
    alignas(64) float sums[kQueryBlock * kLanes];       // of the shares of a row, in 16 parts
    alignas(64) float out[kQueryBlock * kMaxDepth];
    float highest[kQueryBlock], sum[kQueryBlock];
  };

  /// Some keys, as they meet the queries of a block.
  struct Part {
    const Sample* queries;
    std::int64_t left, stride;  // queries, samples from one to the next
    const Cell* keys;
    std::int64_t steps;         // cells of a key
    int count;                  // keys
    float scale;                // of scores, to powers of 2
  };

  /// Calls use(q, s, scores in registers) for tiles of queries and keys, until it gives false. Past the end the last
  /// query is done again.
  template <class Use>
  static bool for_score_tiles(const Part& part, const Use& use) {
    for (int q0 = 0; q0 < part.left; q0 += kQueryTile) {
      const Sample* rows[kQueryTile];
      for (int i = 0; i < kQueryTile; ++i) rows[i] = part.queries + least(q0 + i, part.left - 1) * part.stride;
      int s0 = 0;
      for (; s0 + kKeyTile <= part.count; s0 += kKeyTile)
        if (!use_tile<kKeyTile / kLanes>(part, rows, q0, s0, use)) return false;
      if (s0 < part.count && !use_tile<kKeyStep / kLanes>(part, rows, q0, s0, use)) return false;
    }
    return true;
  }

  template <int kVectors, class Use>
  static bool use_tile(const Part& part, const Sample* const* rows, int q0, int s0, const Use& use) {
    Scores<kVectors> scores;
    multiply(rows, part.keys + s0 * part.steps, part.steps, scores);
    return use(q0, s0, scores);
  }

  template <int kVectors>
  using Scores = __m512[kQueryTile][kVectors];

  template <int kVectors>
  static void multiply(const Sample* const* rows, const Cell* keys, std::int64_t steps, Scores<kVectors>& sums) {
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
  }

  /// scores[q, s] = q . k
  static void score(const Part& part, Block& block) {
    for_score_tiles(part, [&](int q0, int s0, const auto& scores) {
      for (int i = 0; i < kQueryTile; ++i)
        for (int v = 0; v < static_cast<int>(std::size(scores[0])); ++v)
          _mm512_store_ps(block.scores + (q0 + i) * kKeyBlock + s0 + v * kLanes, scores[i][v]);
      return true;
    });
  }

  /// Shares straight from scores in registers, measured by the highest score before. False, and nothing is done, where
  /// one outgrows it by more than 2^kRoom: seldom, and then the keys want share_exactly.
  static bool share(const Part& part, Block& block) {
    constexpr float kRoom = 20;
    std::memset(block.sums, 0, sizeof block.sums);
    const __m512 factor = _mm512_set1_ps(part.scale), room = _mm512_set1_ps(kRoom);
    const bool fits = for_score_tiles(part, [&](int q0, int s0, const auto& scores) {
      __mmask16 beyond = 0;
      for (int i = 0; i < kQueryTile; ++i) {
        const __m512 offset = _mm512_set1_ps(-block.highest[least(q0 + i, part.left - 1)]);
        Cell* shares = shares_of(q0 + i, s0, block);
        __m512 sum = _mm512_load_ps(block.sums + (q0 + i) * kLanes);
        for (int v = 0; v < static_cast<int>(std::size(scores[0])); v += 2) {
          const __m512 a = _mm512_fmadd_ps(scores[i][v], factor, offset),
                       b = _mm512_fmadd_ps(scores[i][v + 1], factor, offset);
          beyond |= _mm512_cmp_ps_mask(_mm512_max_ps(a, b), room, _CMP_GT_OQ);
          sum = Format::store_pair(shares + v * kLanes / kPerCell, exp2_of<Format>(a), exp2_of<Format>(b), sum);
        }
        _mm512_store_ps(block.sums + (q0 + i) * kLanes, sum);
      }
      return beyond == 0;
    });
    for (int q = 0; fits && q < part.left; ++q)
      block.sum[q] += _mm512_reduce_add_ps(_mm512_load_ps(block.sums + q * kLanes));
    return fits;
  }

  static Cell* shares_of(int q, int s, Block& block) {
    return reinterpret_cast<Cell*>(block.scores + q * kKeyBlock) + s / kPerCell;
  }

  static __m512i broadcast(const void* cell) {
    int bits;
    std::memcpy(&bits, cell, sizeof(bits));
    return _mm512_set1_epi32(bits);
  }

  /// Of the keys the first `real` are no padding.
  static void share_exactly(const Part& part, std::int64_t real, std::int64_t out_width, Block& block) {
    score(part, block);
    for (int q = 0; q < part.left; ++q) {
      for (std::int64_t s = real; s < part.count; ++s) block.scores[q * kKeyBlock + s] = kNever;
      softmax_row(q, part, out_width, block);
    }
  }

  /// Scores of one query to shares; what was summed before is scaled to the new highest score.
  static void softmax_row(int q, const Part& part, std::int64_t out_width, Block& block) {
    const float* scores = block.scores + q * kKeyBlock;
    __m512 most = _mm512_set1_ps(kNever);
    for (int s = 0; s < part.count; s += kLanes) most = _mm512_max_ps(most, _mm512_load_ps(scores + s));
    const float now = _mm512_reduce_max_ps(most) * part.scale;
    const float highest = now > block.highest[q] ? now : block.highest[q];
    const float carried = std::exp2(block.highest[q] - highest);
    const __m512 factor = _mm512_set1_ps(part.scale), offset = _mm512_set1_ps(-highest);
    __m512 sum = _mm512_setzero_ps();
    for (int s = 0; s < part.count; s += 2 * kLanes) {
      const __m512 a = exp2_of<Format>(_mm512_fmadd_ps(_mm512_load_ps(scores + s), factor, offset));
      const __m512 b = exp2_of<Format>(_mm512_fmadd_ps(_mm512_load_ps(scores + s + kLanes), factor, offset));
      sum = Format::store_pair(shares_of(q, s, block), a, b, sum);
    }
    block.sum[q] = block.sum[q] * carried + _mm512_reduce_add_ps(sum);
    block.highest[q] = highest;
    float* out = block.out + q * out_width;
    for (std::int64_t c = 0; carried != 1.0F && c < out_width; c += kHalf)
      _mm256_store_ps(out + c, _mm256_mul_ps(_mm256_load_ps(out + c), _mm256_set1_ps(carried)));
  }

  /// out[q, columns] += shares . values for kWhole * 16 columns, and 8 more with kRest; kRows queries at a time.
  template <int kWhole, int kRest, int kRows>
  static void add_values(std::int64_t queries, const Cell* values, std::int64_t stride, int steps, const float* shares,
                         float* out) {
    for (int q0 = 0; q0 < queries; q0 += kRows) {
      __m512 sums[kRows][kWhole + 1];
      __m256 rests[kRows];
      for (int i = 0; i < kRows; ++i) {
        for (int v = 0; v < kWhole; ++v) sums[i][v] = _mm512_loadu_ps(out + (q0 + i) * stride + v * kLanes);
        if (kRest) rests[i] = _mm256_load_ps(out + (q0 + i) * stride + kWhole * kLanes);
      }
      for (int s = 0; s < steps; ++s) {
        __m512i value[kWhole + 1];
        __m256i rest;
        for (int v = 0; v < kWhole; ++v) value[v] = _mm512_loadu_si512(values + s * stride + v * kLanes);
        if (kRest) rest = _mm256_load_si256(reinterpret_cast<const __m256i*>(values + s * stride + kWhole * kLanes));
        for (int i = 0; i < kRows; ++i) {
          const __m512i share = broadcast(shares + (q0 + i) * kKeyBlock + s);
          for (int v = 0; v < kWhole; ++v) sums[i][v] = Format::multiply_add(share, value[v], sums[i][v]);
          if (kRest) rests[i] = Format::multiply_add(_mm512_castsi512_si256(share), rest, rests[i]);
        }
      }
      for (int i = 0; i < kRows; ++i) {
        for (int v = 0; v < kWhole; ++v) _mm512_storeu_ps(out + (q0 + i) * stride + v * kLanes, sums[i][v]);
        if (kRest) _mm256_store_ps(out + (q0 + i) * stride + kWhole * kLanes, rests[i]);
      }
    }
  }

  using AddValues = void (*)(std::int64_t, const Cell*, std::int64_t, int, const float*, float*);
  static constexpr AddValues kAddValues[] = {
      add_values<0, 1, 12>, add_values<1, 0, 12>, add_values<1, 1, 12>, add_values<2, 0, 12>, add_values<2, 1, 8>,
      add_values<3, 0, 8>,  add_values<3, 1, 6>,  add_values<4, 0, 6>,  add_values<4, 1, 4>,  add_values<5, 0, 4>};

  static void add_all_values(std::int64_t queries, const Cell* values, std::int64_t out_width, int count,
                             Block& block) {
    constexpr std::int64_t kMost = std::size(kAddValues);
    const std::int64_t halves = out_width / kHalf;
    for (std::int64_t h = 0; h < halves; h += kMost)
      kAddValues[least(kMost, halves - h) - 1](queries, values + h * kHalf, out_width, count / kPerCell, block.scores,
                                               block.out + h * kHalf);
  }

  static void store(const AttentionJob& job, std::int64_t pair, std::int64_t first, std::int64_t queries,
                    const Block& block) {
    Sample* out = static_cast<Sample*>(job.out);
    for (std::int64_t q = 0; q < queries; ++q) {
      Sample* row = out + ((pair / job.heads * job.queries + first + q) * job.heads + pair % job.heads) * job.depth;
      const __m512 share = _mm512_set1_ps(1.0F / block.sum[q]);
      for (std::int64_t c = 0; c < job.depth; c += kLanes) {
        const auto mask = static_cast<__mmask16>(job.depth - c >= kLanes ? 0xffff : (1 << (job.depth - c)) - 1);
        Format::store(row + c, mask,
                      _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, block.out + q * Tiles::width(job) + c), share));
      }
    }
  }

  static void attend(const AttentionJob& job, std::int64_t pair, std::int64_t first, const std::byte* packed) {
    static thread_local Block block;
    const Cell* keys = reinterpret_cast<const Cell*>(packed);
    const Cell* values = keys + Tiles::key_cells(job);
    const std::int64_t left = least(kQueryBlock, job.queries - first), out_width = Tiles::width(job),
                       padded = Tiles::padded_keys(job);
    Part part{Tiles::head_of(job.q, job, pair) + first * job.q.token, left, job.q.token, keys, job.depth / kPerCell, 0,
              kLog2e / std::sqrt(static_cast<float>(job.depth))};
    for (int q = 0; q < kQueryBlock; ++q) block.highest[q] = kNever, block.sum[q] = 0;
    std::memset(block.out, 0, static_cast<std::size_t>(kQueryBlock * out_width) * sizeof(float));
    for (std::int64_t s0 = 0; s0 < padded; s0 += kKeyBlock) {
      part.count = static_cast<int>(least(kKeyBlock, padded - s0));
      part.keys = keys + s0 * part.steps;
      const bool has_padding = s0 + part.count > job.keys;
      if (s0 == 0 || has_padding || !share(part, block)) share_exactly(part, job.keys - s0, out_width, block);
      add_all_values(left, values + s0 / kPerCell * out_width, out_width, part.count, block);
    }
    store(job, pair, first, left, block);
  }

  static constexpr AttentionKernel kKernel{Tiles::bytes, Tiles::pack, attend};
};

}  // namespace
}  // namespace redraw
