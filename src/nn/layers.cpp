// Layers as plain functions over weights.
#include "nn/layers.h"

#include <ATen/ATen.h>

#include "nn/fused.h"
#include "nn/onednn.h"
#include "nn/winograd.h"
#include "redraw/error.h"

namespace redraw {
namespace {

constexpr std::int64_t kGroups = 32;

thread_local bool circular = false;  // as c10::InferenceMode has it: a mode of the run, not of a layer

at::Tensor normed(const at::Tensor& x, const Norm& norm, bool silu) {
  if (const FusedKernels* kernels = fused_kernels(x.device()))
    if (at::Tensor y = kernels->group_norm(x, norm.weight, norm.bias, kGroups, norm.eps, silu); y.defined()) return y;
  return group_norm_by_aten(x, norm.weight, norm.bias, kGroups, norm.eps, silu);
}

at::Tensor finish(at::Tensor y, const Finish& how) {
  if (how.leaky) at::leaky_relu_(y, *how.leaky);
  return how.add.defined() ? y.add_(how.add) : y;
}

/// By ATen without its bias, which the device's kernel then adds with the other tensor in one pass; undefined: it has
/// none.
at::Tensor conv_with_kernel(const at::Tensor& x, const Conv& layer, const at::Tensor& add) {
  const FusedKernels* kernels = fused_kernels(x.device());
  if (kernels == nullptr || kernels->add_bias_residual == nullptr || !layer.bias.defined()) return {};
  const at::Tensor h = at::conv2d(x, layer.weight.tensor(), {}, layer.stride, layer.padding);
  at::Tensor sum = kernels->add_bias_residual(h, layer.bias, add);
  return sum.defined() ? sum : add_bias_residual_by_aten(h, layer.bias, add);
}

at::Tensor finished_conv(const at::Tensor& x, const Conv& layer, const Finish& how) {
  if (circular && layer.padding != 0) {
    const std::vector<std::int64_t> around(4, layer.padding);
    return finished_conv(at::pad(x, around, "circular"), {layer.weight, layer.bias, layer.stride, 0}, how);
  }
  if (at::Tensor y = conv_with_kernel(x, layer, how.add); y.defined()) return finish(y, {how.leaky});
  if (winograd::pays(x, layer.weight.sizes(), layer.stride, layer.padding))
    if (const at::Tensor packed = layer.weight.for_winograd(); packed.defined())
      return winograd::conv(x, packed, layer.bias, layer.padding, how);
  if (const at::Tensor packed = layer.weight.for_conv(x, layer.stride, layer.padding); packed.defined())
    return onednn::conv(x, packed, layer.bias, layer.stride, layer.padding, how);
  return finish(at::conv2d(x, layer.weight.tensor(), layer.bias, layer.stride, layer.padding), how);
}

at::Tensor finished_linear(const at::Tensor& x, const Linear& layer, const Finish& how) {
  if (const at::Tensor packed = layer.weight.for_linear(x); packed.defined())
    return onednn::linear(x, packed, layer.bias, how);
  return finish(at::linear(x, layer.weight.tensor().flatten(1).to(x.scalar_type()), layer.bias), how);
}

}  // namespace

CircularPadding::CircularPadding(bool on) : before_(circular) { circular = on; }
CircularPadding::~CircularPadding() { circular = before_; }
bool CircularPadding::is_on() { return circular; }

Conv load_conv(const Weights& weights, std::int64_t stride, std::int64_t padding) {
  return {weights.get_weight("weight"), weights.get_or_none("bias"), stride, padding};
}

Linear load_linear(const Weights& weights) {
  return {weights.get_weight("weight"), weights.get_or_none("bias")};
}

Linear load_narrow_linear(const Weights& weights) {
  return {weights.get_narrow_weight("weight"), weights.get_or_none("bias")};
}

Linear join(const std::vector<Linear>& layers) {
  std::vector<at::Tensor> weights;
  for (const Linear& layer : layers) {
    REDRAW_CHECK(!layer.bias.defined(), "layers that are joined have no bias");
    weights.push_back(layer.weight.tensor().flatten(1));
  }
  const at::Tensor joined = at::cat(weights);
  std::int64_t row = 0;
  for (const Linear& layer : layers) {
    layer.weight.lie_in(joined.narrow(0, row, layer.weight.size(0)).view(layer.weight.sizes()));
    row += layer.weight.size(0);
  }
  return {joined, {}};
}

Norm load_norm(const Weights& weights, double eps) { return {weights.get("weight"), weights.get("bias"), eps}; }

at::Tensor conv(const at::Tensor& x, const Conv& layer) { return finished_conv(x, layer, {}); }

at::Tensor conv_add(const at::Tensor& x, const Conv& layer, const at::Tensor& other) {
  return finished_conv(x, layer, {{}, other});
}

at::Tensor conv_leaky(const at::Tensor& x, const Conv& layer, double slope) { return finished_conv(x, layer, {slope}); }

void conv_leaky_into(const at::Tensor& place, const at::Tensor& x, const Conv& layer, double slope) {
  const at::Tensor y = finished_conv(x, layer, {slope, {}, place});
  if (!y.is_same(place)) place.copy_(y);
}

at::Tensor linear(const at::Tensor& x, const Linear& layer) { return finished_linear(x, layer, {}); }

at::Tensor linear_add(const at::Tensor& x, const Linear& layer, const at::Tensor& other) {
  return finished_linear(x, layer, {{}, other});
}

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
  const FusedKernels* kernels = fused_kernels(x.device());
  if (kernels != nullptr && kernels->upsample_2x != nullptr && height == 2 * x.size(2) && width == 2 * x.size(3))
    if (at::Tensor y = kernels->upsample_2x(x); y.defined()) return y;
  return at::upsample_nearest2d(x, {height, width});
}

}  // namespace redraw
