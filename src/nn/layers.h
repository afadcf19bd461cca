// Layers as plain functions over weights.
#pragma once

#include "nn/attention.h"
#include "nn/weights.h"

namespace redraw {

struct Conv {
  at::Tensor weight, bias;  // [out, in, k, k], [out]
  std::int64_t stride = 1, padding = 0;
};
struct Linear {
  at::Tensor weight, bias;  // [out, in], [out] or undefined
};
struct Norm {
  at::Tensor weight, bias;  // [C]
  double eps = 1e-5;
};

/// While one lives that is on, the convolutions of its thread see each picture go on at its other side
/// instead of zeros around it (tiling). source A1111 1.10 hijack's apply_circular
class CircularPadding {
 public:
  explicit CircularPadding(bool on);
  ~CircularPadding();
  CircularPadding(const CircularPadding&) = delete;
  CircularPadding& operator=(const CircularPadding&) = delete;
  static bool is_on();

 private:
  bool before_;
};

Conv load_conv(const Weights& weights, std::int64_t stride = 1, std::int64_t padding = 1);
/// A 1x1 convolution is taken as a linear layer too: [out, in, 1, 1] -> [out, in].
Linear load_linear(const Weights& weights);
Norm load_norm(const Weights& weights, double eps);

at::Tensor conv(const at::Tensor& x, const Conv& layer);                    // [N, C, h, w]; see CircularPadding
at::Tensor linear(const at::Tensor& x, const Linear& layer);                // [..., D]
at::Tensor group_norm(const at::Tensor& x, const Norm& norm);               // 32 groups
at::Tensor group_norm_silu(const at::Tensor& x, const Norm& norm);
at::Tensor geglu(const at::Tensor& x);                                      // [..., 2D] -> [..., D]
at::Tensor layer_norm(const at::Tensor& x, const Norm& norm);
at::Tensor upsample_nearest(const at::Tensor& x, std::int64_t height, std::int64_t width);

}  // namespace redraw
