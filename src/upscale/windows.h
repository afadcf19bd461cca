// Window attention as Swin's kin use it: pictures cut into windows, shifted windows masked.
#pragma once

#include <ATen/core/Tensor.h>

namespace redraw {

/// px of one window, and how far the windows are shifted.
struct Window {
  std::int64_t height, width, shift_y = 0, shift_x = 0;
  std::int64_t area() const { return height * width; }
};

/// x [N, H, W, C], sides multiples of the window's -> [N nW, area, C]
at::Tensor to_windows(const at::Tensor& x, const Window& window);
/// The way back. height, width  of the picture
at::Tensor from_windows(const at::Tensor& windows, const Window& window, std::int64_t height, std::int64_t width);

/// [nW, area, area]: 0 where two pixels of a window were neighbours before the shift, else -100.
at::Tensor shift_mask(const Window& window, std::int64_t height, std::int64_t width, at::TensorOptions options);

/// [area, area]: index of each pair's offset in a table of (2 height - 1) (2 width - 1) rows.
at::Tensor relative_index(const Window& window);

/// q, k, v [B, T, D] of B windows; bias [heads, T, T]; mask [nW, T, T] or undefined, B being N nW. Softmax attention.
at::Tensor window_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads,
                            const at::Tensor& bias, const at::Tensor& mask);

}  // namespace redraw
