// Convolutions and linear layers by oneDNN with weights in its own layout, and what it does on the way out.
//
// oneDNN wants weights in blocks. ATen's own operators take them plain and lay them out anew on every call, which costs
// more than the product where a map is small. These operators are in libtorch for its compiler and take them laid out.
#pragma once

#include <ATen/core/Tensor.h>

#include "nn/finish.h"

namespace redraw::onednn {

/// Whether oneDNN has these operators here for x: f32 on x86; bf16 where the processor has AVX512.
bool takes_conv(const at::Tensor& x, at::IntArrayRef weight);
/// In f32 too, which MKL multiplies from plain weights: as fast on an Intel processor, a tenth slower on one of AMD's.
bool takes_linear(const at::Tensor& x, at::IntArrayRef weight);

/// x, rows  what the weight will meet; others work too, and are slower where they ask for another layout.
at::Tensor pack_conv(const at::Tensor& weight, const at::Tensor& x, std::int64_t stride, std::int64_t padding);
at::Tensor pack_linear(const at::Tensor& weight, std::int64_t rows);

/// x [N, C, h, w] -> channels last.
at::Tensor conv(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias, std::int64_t stride,
                std::int64_t padding, const Finish& finish = {});
/// x [..., D]
at::Tensor linear(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias, const Finish& finish = {});

}  // namespace redraw::onednn
