// Fused layers: one pass over memory where ATen makes several. A table of own kernels for each kind of device.
#pragma once

#include <ATen/core/Tensor.h>

namespace redraw {

/// A kernel answers with an undefined tensor what it cannot do (number format, layout, size); ATen does it then.
/// Sums are kept in f32 or better; results have the number format of x.
struct FusedKernels {
  /// x [N, C, h, w] -> the same shape, channels last; silu: followed by x * sigmoid(x). weight, bias [C].
  at::Tensor (*group_norm)(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, std::int64_t groups,
                           double eps, bool silu);
  /// x [..., 2D], value and gate side by side -> value * gelu(gate) [..., D]; gelu by erf.
  at::Tensor (*geglu)(const at::Tensor& x);

  // Rows that a device may leave out (nullptr):
  /// h + bias + residual, into h: [N, C, h, w] channels last; bias [C] or undefined; residual of h's shape, [N, C, 1,
  /// 1] or undefined.
  at::Tensor (*add_bias_residual)(const at::Tensor& h, const at::Tensor& bias, const at::Tensor& residual) = nullptr;
  /// x [N, C, h, w] -> [N, C, 2h, 2w], each pixel four times, channels last.
  at::Tensor (*upsample_2x)(const at::Tensor& x) = nullptr;
};

/// The kernels for tensors of this device; nullptr: none are loaded.
const FusedKernels* fused_kernels(const at::Device& device);

/// Kernels of a device that came with a plugin (libredraw_cuda.so); later calls replace earlier ones.
void set_fused_kernels(at::DeviceType type, const FusedKernels* kernels);

/// The plain twins, by ATen on any device.
at::Tensor group_norm_by_aten(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                              std::int64_t groups, double eps, bool silu);
at::Tensor geglu_by_aten(const at::Tensor& x);
at::Tensor add_bias_residual_by_aten(const at::Tensor& h, const at::Tensor& bias, const at::Tensor& residual);
at::Tensor upsample_2x_by_aten(const at::Tensor& x);

}  // namespace redraw
