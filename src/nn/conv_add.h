// Convolutions whose bias and residual are added in one pass where the device has a kernel for it.
#pragma once

#include "nn/layers.h"

namespace redraw {

/// conv(x, layer) + residual: [N, C, h, w] of its shape, or [N, C, 1, 1] for each whole map.
at::Tensor conv_add(const at::Tensor& x, const Conv& layer, const at::Tensor& residual);

/// conv(x, layer) by the device's kernels; undefined: it has none for this.
at::Tensor conv_with_kernels(const at::Tensor& x, const Conv& layer, const at::Tensor& residual = {});

/// Twice as high and wide by the device's kernel; undefined: it has none, or another size is asked for.
at::Tensor upsample_with_kernel(const at::Tensor& x, std::int64_t height, std::int64_t width);

}  // namespace redraw
