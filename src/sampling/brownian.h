// The noise of SDE samplers: one Brownian motion over all sigmas for each picture, asked bit by bit.
#pragma once

#include <cstdint>
#include <functional>

#include <ATen/core/Tensor.h>

namespace redraw {

/// Unit normal noise of one picture from a new generator with this seed, [C, h, w] f32 on the CPU.
using SeededNoise = std::function<at::Tensor(std::uint32_t seed)>;

/// A Brownian motion W over [low, high]: what it does between two times does not depend on what was asked before.
///
/// Times count in steps of 1e-6. source torchsde BrownianTree; golden: ui/brownian
class BrownianTree {
 public:
  /// entropy  the picture's seed, >= 0
  BrownianTree(std::int64_t entropy, double low, double high, SeededNoise noise);

  /// (W(next) - W(sigma)) / sqrt(|next - sigma|), [C, h, w] f32; what lies outside the range is cut off.
  at::Tensor noise(double sigma, double next) const;

 private:
  struct Node {
    double start, end;
    std::uint64_t path, depth;
  };
  void add(const Node& node, const at::Tensor& change, double from, double to, at::Tensor& sum) const;
  std::uint32_t seed_of(const Node& node) const;

  std::uint64_t entropy_;
  Node root_;
  SeededNoise noise_;
  at::Tensor whole_;
};

}  // namespace redraw
