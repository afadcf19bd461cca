// Layers as plain functions over weights.
#pragma once

#include "nn/attention.h"
#include "nn/weights.h"

namespace redraw {

struct Conv {
  Weight weight;    // [out, in, k, k]
  at::Tensor bias;  // [out]
  std::int64_t stride = 1, padding = 0;
};
struct Linear {
  Weight weight;    // [out, in] or, of a 1x1 convolution, [out, in, 1, 1]
  at::Tensor bias;  // [out] or undefined
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
Linear load_linear(const Weights& weights);
/// Its weight stays as narrow as it is in the file: less memory, the same numbers.
Linear load_narrow_linear(const Weights& weights);
/// One layer that gives what all of them give, side by side: one product instead of several. Their weights lie in its
/// weight from now on, so that what is assigned to them counts here too. For layers without bias, as ATen multiplies
/// them.
Linear join(const std::vector<Linear>& layers);
Norm load_norm(const Weights& weights, double eps);

at::Tensor conv(const at::Tensor& x, const Conv& layer);                    // [N, C, h, w]; see CircularPadding
/// conv(x) + other, which has its shape or is [N, C, 1, 1].
at::Tensor conv_add(const at::Tensor& x, const Conv& layer, const at::Tensor& other);
at::Tensor conv_leaky(const at::Tensor& x, const Conv& layer, double slope = 0.2);  // then leaky ReLU
/// The same into some channels of a larger map; x may be some channels of it too, others.
void conv_leaky_into(const at::Tensor& place, const at::Tensor& x, const Conv& layer, double slope = 0.2);
at::Tensor linear(const at::Tensor& x, const Linear& layer);                // [..., D]
at::Tensor linear_add(const at::Tensor& x, const Linear& layer, const at::Tensor& other);  // linear(x) + other
at::Tensor group_norm(const at::Tensor& x, const Norm& norm);               // 32 groups
at::Tensor group_norm_silu(const at::Tensor& x, const Norm& norm);
at::Tensor geglu(const at::Tensor& x);                                      // [..., 2D] -> [..., D]
at::Tensor layer_norm(const at::Tensor& x, const Norm& norm);
at::Tensor upsample_nearest(const at::Tensor& x, std::int64_t height, std::int64_t width);

}  // namespace redraw
