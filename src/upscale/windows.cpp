// Window attention as Swin's kin use it: pictures cut into windows, shifted windows masked.
#include "upscale/windows.h"

#include <ATen/ATen.h>

#include <cmath>

namespace redraw {
namespace {

/// 0, 1, 2: before the last window, in it, and in the part that came round by the shift.
at::Tensor bands(std::int64_t length, std::int64_t window, std::int64_t shift) {
  const at::Tensor place = at::arange(length);
  return (place >= length - window).to(at::kLong) + (place >= length - shift).to(at::kLong);
}

}  // namespace

at::Tensor to_windows(const at::Tensor& x, const Window& w) {
  const std::int64_t rows = x.size(1) / w.height, columns = x.size(2) / w.width;
  return x.reshape({x.size(0), rows, w.height, columns, w.width, x.size(3)})
      .permute({0, 1, 3, 2, 4, 5})
      .reshape({-1, w.area(), x.size(3)});
}

at::Tensor from_windows(const at::Tensor& windows, const Window& w, std::int64_t height, std::int64_t width) {
  const std::int64_t channels = windows.size(2), rows = height / w.height, columns = width / w.width;
  return windows.reshape({-1, rows, columns, w.height, w.width, channels})
      .permute({0, 1, 3, 2, 4, 5})
      .reshape({-1, height, width, channels});
}

at::Tensor shift_mask(const Window& w, std::int64_t height, std::int64_t width, at::TensorOptions options) {
  // [H, W]
  const at::Tensor regions = bands(height, w.height, w.shift_y).unsqueeze(1) * 3 + bands(width, w.width, w.shift_x);
  const at::Tensor windows = to_windows(regions.unsqueeze(0).unsqueeze(-1), w).squeeze(-1);    // [nW, area]
  const at::Tensor apart = windows.unsqueeze(1) != windows.unsqueeze(2);
  return at::zeros(apart.sizes()).masked_fill_(apart, -100).to(options);
}

at::Tensor relative_index(const Window& w) {
  const at::Tensor place = at::arange(w.area());
  const at::Tensor y = at::floor_divide(place, w.width), x = at::remainder(place, w.width);
  const at::Tensor dy = y.unsqueeze(1) - y + w.height - 1, dx = x.unsqueeze(1) - x + w.width - 1;
  return dy * (2 * w.width - 1) + dx;
}

at::Tensor window_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads,
                            const at::Tensor& bias, const at::Tensor& mask) {
  const std::int64_t count = q.size(0), tokens = q.size(1), width = q.size(2) / heads;
  const auto split = [&](const at::Tensor& y) {
    return y.reshape({count, tokens, heads, width}).transpose(1, 2);
  };  // [B, heads, T, d]
  at::Tensor scores =
      at::matmul(split(q) * (1 / std::sqrt(static_cast<double>(width))), split(k).transpose(-2, -1)) + bias;
  if (mask.defined())
    scores = (scores.view({-1, mask.size(0), heads, tokens, tokens}) + mask.unsqueeze(1))
                 .view({count, heads, tokens, tokens});
  return at::matmul(at::softmax(scores, -1), split(v)).transpose(1, 2).reshape(q.sizes());
}

}  // namespace redraw
