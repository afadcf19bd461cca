// Convolutions whose bias and residual are added in one pass where the device has a kernel for it.
#include "nn/conv_add.h"

#include <ATen/ATen.h>

#include "nn/fused.h"

namespace redraw {

at::Tensor conv_with_kernels(const at::Tensor& x, const Conv& layer, const at::Tensor& residual) {
  const FusedKernels* kernels = fused_kernels(x.device());
  if (kernels == nullptr || kernels->add_bias_residual == nullptr || !layer.bias.defined()) return {};
  Conv bare = layer;
  bare.bias = at::Tensor();
  const at::Tensor h = conv(x, bare);
  at::Tensor sum = kernels->add_bias_residual(h, layer.bias, residual);
  return sum.defined() ? sum : add_bias_residual_by_aten(h, layer.bias, residual);
}

at::Tensor conv_add(const at::Tensor& x, const Conv& layer, const at::Tensor& residual) {
  if (at::Tensor sum = conv_with_kernels(x, layer, residual); sum.defined()) return sum;
  return conv(x, layer).add_(residual);
}

at::Tensor upsample_with_kernel(const at::Tensor& x, std::int64_t height, std::int64_t width) {
  const FusedKernels* kernels = fused_kernels(x.device());
  const bool doubles = height == 2 * x.size(2) && width == 2 * x.size(3);
  return kernels == nullptr || kernels->upsample_2x == nullptr || !doubles ? at::Tensor() : kernels->upsample_2x(x);
}

}  // namespace redraw
