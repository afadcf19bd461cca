// How flash attention's keys and values are packed, for one number format; included by attention_tile.h.
//
// A cell is what one lane multiplies at a time, 4 bytes: one f32, or two neighbours in bf16. Keys are packed as
// [S / 16, d cells, 16], values as [S cells, d padded to 8]. Everything has internal linkage: these files are
// compiled for more instructions than the rest, and no function of theirs may stand in for one of the rest.
#pragma once

#include <cstring>

#include "kernels/attention_kernel.h"

namespace redraw {
namespace {

constexpr int kLanes = 16;
constexpr int kHalf = 8;      // values come in halves of a register too
constexpr int kKeyStep = 32;  // to which keys are filled up: two registers of scores

constexpr std::int64_t rounded_up(std::int64_t value, std::int64_t step) { return (value + step - 1) / step * step; }
constexpr std::int64_t least(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

template <class Format>
struct Packed {
  using Sample = typename Format::Sample;
  using Cell = std::uint32_t;
  static constexpr int kPerCell = Format::kPerCell;

  static std::int64_t padded_keys(const AttentionJob& job) { return rounded_up(job.keys, kKeyStep); }
  static std::int64_t width(const AttentionJob& job) { return rounded_up(job.depth, kHalf); }
  static std::int64_t key_cells(const AttentionJob& job) { return padded_keys(job) * (job.depth / kPerCell); }

  static std::size_t bytes(const AttentionJob& job) {
    return static_cast<std::size_t>(key_cells(job) + padded_keys(job) / kPerCell * width(job)) * sizeof(Cell);
  }

  static const Sample* head_of(const HeadsView& view, const AttentionJob& job, std::int64_t pair) {
    return static_cast<const Sample*>(view.data) + pair / job.heads * view.picture + pair % job.heads * view.head;
  }

  static void pack(const AttentionJob& job, std::int64_t pair, std::byte* packed) {
    Cell* cells = reinterpret_cast<Cell*>(packed);
    std::memset(packed, 0, bytes(job));
    pack_keys(job, head_of(job.k, job, pair), cells);
    pack_values(job, head_of(job.v, job, pair), cells + key_cells(job));
  }

  static void pack_keys(const AttentionJob& job, const Sample* keys, Cell* cells) {
    const std::int64_t steps = job.depth / kPerCell;
    for (std::int64_t s = 0; s < job.keys; ++s)
      for (std::int64_t j = 0; j < steps; ++j)
        std::memcpy(&cells[(s / kLanes * steps + j) * kLanes + s % kLanes], keys + s * job.k.token + j * kPerCell,
                    sizeof(Cell));
  }

  static void pack_values(const AttentionJob& job, const Sample* values, Cell* cells) {
    for (std::int64_t s = 0; s < job.keys; ++s) {
      Sample* row = reinterpret_cast<Sample*>(cells + s / kPerCell * width(job)) + s % kPerCell;
      for (std::int64_t c = 0; c < job.depth; ++c) row[c * kPerCell] = values[s * job.v.token + c];
    }
  }
};

}  // namespace
}  // namespace redraw
