// Layers as plain functions over weights.
#include "nn/layers.h"

#include <ATen/ATen.h>

#include "nn/conv_add.h"
#include "nn/fused.h"

namespace redraw {
namespace {

constexpr std::int64_t kGroups = 32;

thread_local bool circular = false;  // as c10::InferenceMode has it: a mode of the run, not of a layer

at::Tensor normed(const at::Tensor& x, const Norm& norm, bool silu) {
  if (const FusedKernels* kernels = fused_kernels(x.device()))
    if (at::Tensor y = kernels->group_norm(x, norm.weight, norm.bias, kGroups, norm.eps, silu); y.defined()) return y;
  return group_norm_by_aten(x, norm.weight, norm.bias, kGroups, norm.eps, silu);
}

}  // namespace

CircularPadding::CircularPadding(bool on) : before_(circular) { circular = on; }
CircularPadding::~CircularPadding() { circular = before_; }
bool CircularPadding::is_on() { return circular; }

Conv load_conv(const Weights& weights, std::int64_t stride, std::int64_t padding) {
  return {weights.get("weight"), weights.get_or_none("bias"), stride, padding};
}

Linear load_linear(const Weights& weights) {
  const at::Tensor weight = weights.get("weight");
  return {weight.dim() == 4 ? weight.flatten(1) : weight, weights.get_or_none("bias")};
}

Norm load_norm(const Weights& weights, double eps) { return {weights.get("weight"), weights.get("bias"), eps}; }

at::Tensor conv(const at::Tensor& x, const Conv& layer) {
  if (at::Tensor y = conv_with_kernels(x, layer); y.defined()) return y;
  if (!circular || layer.padding == 0) return at::conv2d(x, layer.weight, layer.bias, layer.stride, layer.padding);
  const std::vector<std::int64_t> around(4, layer.padding);
  return at::conv2d(at::pad(x, around, "circular"), layer.weight, layer.bias, layer.stride);
}

at::Tensor linear(const at::Tensor& x, const Linear& layer) { return at::linear(x, layer.weight, layer.bias); }

at::Tensor group_norm(const at::Tensor& x, const Norm& norm) { return normed(x, norm, false); }

at::Tensor group_norm_silu(const at::Tensor& x, const Norm& norm) { return normed(x, norm, true); }

at::Tensor geglu(const at::Tensor& x) {
  if (const FusedKernels* kernels = fused_kernels(x.device()))
    if (at::Tensor y = kernels->geglu(x); y.defined()) return y;
  return geglu_by_aten(x);
}

at::Tensor layer_norm(const at::Tensor& x, const Norm& norm) {
  return at::layer_norm(x, {x.size(-1)}, norm.weight, norm.bias, norm.eps);
}

at::Tensor upsample_nearest(const at::Tensor& x, std::int64_t height, std::int64_t width) {
  if (at::Tensor y = upsample_with_kernel(x, height, width); y.defined()) return y;
  return at::upsample_nearest2d(x, {height, width});
}

}  // namespace redraw
