// Layers as plain functions over weights.
#include "nn/layers.h"

#include <ATen/ATen.h>

namespace redraw {
namespace {

thread_local bool circular = false;  // as c10::InferenceMode has it: a mode of the run, not of a layer

}  // namespace

CircularPadding::CircularPadding(bool on) : before_(circular) { circular = on; }
CircularPadding::~CircularPadding() { circular = before_; }

Conv load_conv(const Weights& weights, std::int64_t stride, std::int64_t padding) {
  return {weights.get("weight"), weights.get_or_none("bias"), stride, padding};
}

Linear load_linear(const Weights& weights) {
  const at::Tensor weight = weights.get("weight");
  return {weight.dim() == 4 ? weight.flatten(1) : weight, weights.get_or_none("bias")};
}

Norm load_norm(const Weights& weights, double eps) { return {weights.get("weight"), weights.get("bias"), eps}; }

at::Tensor conv(const at::Tensor& x, const Conv& layer) {
  if (!circular || layer.padding == 0) return at::conv2d(x, layer.weight, layer.bias, layer.stride, layer.padding);
  const std::vector<std::int64_t> around(4, layer.padding);
  return at::conv2d(at::pad(x, around, "circular"), layer.weight, layer.bias, layer.stride);
}

at::Tensor linear(const at::Tensor& x, const Linear& layer) { return at::linear(x, layer.weight, layer.bias); }

at::Tensor group_norm(const at::Tensor& x, const Norm& norm) {
  // ATen's channels-last path loses digits where a group is nearly flat; this one does not, and costs no time here.
  return at::group_norm(x.contiguous(), 32, norm.weight, norm.bias, norm.eps);
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
