// Feature maps of big pictures, worked through in strips of rows: the same numbers, with little memory.
#pragma once

#include <functional>

#include "nn/layers.h"

namespace redraw {

/// A map [1, C, H, W] of which rows are made when they are asked for.
struct RowSource {
  std::int64_t height = 0, width = 0;
  std::function<at::Tensor(std::int64_t from, std::int64_t to)> rows;  // -> [1, C, to - from, W] on the device
};

/// What is done to each number by itself before a convolution.
using Pointwise = std::function<at::Tensor(const at::Tensor& x)>;

class Strips {
 public:
  /// pixels  of a strip, about; device  where strips are computed. Maps lie there too, or in the CPU's memory where a
  /// device has too little of its own.
  Strips(std::int64_t pixels, at::Device device) : pixels_(pixels), device_(device) {}

  RowSource stored(const at::Tensor& map) const;
  /// The map doubled by nearest.
  RowSource doubled(const at::Tensor& map) const;

  /// Rows [from, to) and their neighbours, made once, for several uses.
  static RowSource window(const RowSource& source, std::int64_t from, std::int64_t to);

  /// 3x3, padding 1, stride 1, of f(source).
  RowSource conv(const RowSource& source, const Pointwise& f, const Conv& layer) const;
  /// 3x3, stride 2, padded at the right and bottom.
  RowSource halving_conv(const RowSource& source, const Conv& layer) const;

  /// Group norm (32 groups over the whole map) and SiLU, as it acts on any of the map's strips.
  Pointwise norm_silu(const RowSource& source, const Norm& norm) const;

  /// [1, C, height, W] for rows like these; its numbers are not set.
  at::Tensor new_map(const at::Tensor& rows, std::int64_t height) const;
  /// All rows, computed strip by strip.
  at::Tensor collect(const RowSource& source) const;
  /// f(from, to) for each strip of a map of this size.
  void each(std::int64_t height, std::int64_t width, const std::function<void(std::int64_t, std::int64_t)>& f) const;

 private:
  std::int64_t pixels_;
  at::Device device_;
};

}  // namespace redraw
