// Layers as plain functions over weights.
#include "nn/layers.h"

#include <ATen/ATen.h>

namespace redraw {

Conv load_conv(const Weights& weights, std::int64_t stride, std::int64_t padding) {
  return {weights.get("weight"), weights.get_or_none("bias"), stride, padding};
}

Linear load_linear(const Weights& weights) {
  const at::Tensor weight = weights.get("weight");
  return {weight.dim() == 4 ? weight.flatten(1) : weight, weights.get_or_none("bias")};
}

Norm load_norm(const Weights& weights, double eps) { return {weights.get("weight"), weights.get("bias"), eps}; }

at::Tensor conv(const at::Tensor& x, const Conv& layer) {
  return at::conv2d(x, layer.weight, layer.bias, layer.stride, layer.padding);
}

at::Tensor linear(const at::Tensor& x, const Linear& layer) { return at::linear(x, layer.weight, layer.bias); }

at::Tensor group_norm(const at::Tensor& x, const Norm& norm) {
  return at::group_norm(x, 32, norm.weight, norm.bias, norm.eps);
}

at::Tensor group_norm_silu(const at::Tensor& x, const Norm& norm) {
  at::Tensor y = group_norm(x, norm);
  return at::silu_(y);
}

at::Tensor layer_norm(const at::Tensor& x, const Norm& norm) {
  return at::layer_norm(x, {x.size(-1)}, norm.weight, norm.bias, norm.eps);
}

at::Tensor upsample_nearest(const at::Tensor& x, std::int64_t height, std::int64_t width) {
  return at::upsample_nearest2d(x, {height, width});
}

}  // namespace redraw
