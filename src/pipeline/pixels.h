// Pictures to tensors and back.
#pragma once

#include <span>

#include <ATen/core/Tensor.h>

#include "redraw/image.h"

namespace redraw {

/// RGB pictures of one size -> [N, 3, H, W] f32 in [-1, 1] on the CPU: u8 / 255 * 2 - 1.
at::Tensor images_to_tensor(std::span<const Image* const> images);

/// [N, 3, H, W] f32 -> [N, H, W, 3] u8 on the same device: clamp((x + 1) / 2) * 255, truncated as A1111 does.
at::Tensor tensor_to_bytes(const at::Tensor& tensor);
/// [H, W, 3] u8 on the CPU -> RGB
Image bytes_to_image(const at::Tensor& bytes);
/// [3, H, W] f32 on the CPU -> RGB, by both.
Image tensor_to_image(const at::Tensor& tensor);

/// Mask -> [1, H, W] f32, / 255; round: half to even.
at::Tensor mask_to_tensor(const Mask& mask, bool round);

/// Mask at picture size -> [1, h, w] f32 at latent size: Pillow's bicubic, / 255; round: half to
/// even, so that 128 and more is 1 (A1111's mask_round, which soft inpainting turns off).
at::Tensor latent_mask_of(const Mask& mask, int latent_width, int latent_height, bool round);

}  // namespace redraw
