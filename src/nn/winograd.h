// 3 x 3 convolutions on the CPU by Winograd's algorithm: a quarter of the products, exact but for rounding.
#pragma once

#include <ATen/core/Tensor.h>

#include "nn/finish.h"
#include "kernels/winograd_kernel.h"

namespace redraw::winograd {

/// Whether a convolution of x is faster this way: f32, and bf16 where the processor has no AMX, with 3 x 3 weights at
/// stride 1, on maps of some size. The same for every batch of one shape: a picture does not depend on its neighbours.
/// weight  its sizes, [K, C, 3, 3]
bool pays(const at::Tensor& x, at::IntArrayRef weight, std::int64_t stride, std::int64_t padding);

at::Tensor pack(const at::Tensor& weight);    // [K, C, 3, 3] -> [K / 32, C, 3, 3, 32]
at::Tensor unpack(const at::Tensor& packed);

/// x [N, C, h, w] -> [N, K, h + 2 padding - 2, w + 2 padding - 2], channels last, in the format of x; sums are f32.
at::Tensor conv(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias, std::int64_t padding,
                const Finish& finish = {});
/// The same by one kernel of winograd_kernel.h.
at::Tensor conv_by(const WinogradKernel& kernel, const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias,
                   std::int64_t padding, const Finish& finish = {});

}  // namespace redraw::winograd
