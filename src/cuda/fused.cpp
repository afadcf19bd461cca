// Tensors to the kernels and back: number formats, layouts, device and stream.
#include "cuda/fused.h"

#include <ATen/ATen.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <array>
#include <limits>
#include <optional>

#include "cuda/kernels.h"

namespace redraw::cuda {
namespace {

constexpr std::int64_t kMostImages = 65535;  // blocks in a grid's second direction

std::optional<Format> format_of(const at::Tensor& x) {
  switch (x.scalar_type()) {
    case at::kFloat: return Format::kF32;
    case at::kHalf: return Format::kF16;
    case at::kBFloat16: return Format::kBf16;
    default: return std::nullopt;
  }
}

/// The current stream of the tensor's device, which must be the current one.
Launch launch_on(const at::Tensor& x) {
  static std::array<int, 64> known{};  // by device; a race writes the same number twice
  int& multiprocessors = known.at(static_cast<std::size_t>(x.device().index()));
  if (multiprocessors == 0)
    C10_CUDA_CHECK(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, x.device().index()));
  return {c10::cuda::getCurrentCUDAStream(x.device().index()).stream(), multiprocessors};
}

void check_launch(int error, const char* kernel) {
  TORCH_CHECK(error == 0, "the CUDA kernel ", kernel,
              " does not start: ", cudaGetErrorString(static_cast<cudaError_t>(error)));
}

bool is_map(const at::Tensor& x) { return x.dim() == 4 && x.numel() > 0 && x.size(0) <= kMostImages; }

Map map_of(const at::Tensor& x) {
  return {static_cast<int>(x.size(0)), static_cast<int>(x.size(2) * x.size(3)), static_cast<int>(x.size(1))};
}

at::Tensor empty_map(const at::Tensor& like, std::int64_t height, std::int64_t width) {
  return at::empty({like.size(0), like.size(1), height, width},
                   like.options().memory_format(at::MemoryFormat::ChannelsLast));
}

/// A vector of the map's channels in its own number format.
bool fits(const at::Tensor& vector, const at::Tensor& x) {
  return vector.scalar_type() == x.scalar_type() && vector.is_contiguous() && vector.numel() == x.size(1) &&
         vector.device() == x.device();
}

at::Tensor group_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, std::int64_t groups,
                      double eps, bool silu) {
  const auto format = format_of(x);
  if (!format || !is_map(x) || !fits(weight, x) || !fits(bias, x) || x.size(1) % groups != 0) return {};
  const c10::cuda::CUDAGuard guard(x.device());
  const at::Tensor in = x.contiguous(at::MemoryFormat::ChannelsLast);
  const Launch launch = launch_on(x);
  at::Tensor y = empty_map(x, x.size(2), x.size(3));
  const GroupNormCall call{*format,
                           map_of(x),
                           static_cast<int>(groups),
                           in.const_data_ptr(),
                           weight.const_data_ptr(),
                           bias.const_data_ptr(),
                           y.mutable_data_ptr(),
                           static_cast<float>(eps),
                           silu};
  const std::size_t bytes = group_norm_workspace(call, launch.multiprocessors);
  if (bytes == 0) return {};
  const at::Tensor workspace = at::empty({static_cast<std::int64_t>(bytes)}, x.options().dtype(at::kByte));
  check_launch(redraw::cuda::group_norm(call, workspace.mutable_data_ptr(), launch), "group_norm");
  return y;
}

at::Tensor geglu(const at::Tensor& x) {
  const auto format = format_of(x);
  if (!format || x.dim() == 0 || x.size(-1) % 2 != 0 || x.numel() == 0 || !fits_flat(x.numel())) return {};
  const c10::cuda::CUDAGuard guard(x.device());
  const at::Tensor in = x.contiguous();
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape.back() /= 2;
  at::Tensor y = at::empty(shape, x.options());
  check_launch(redraw::cuda::geglu(*format, in.const_data_ptr(), y.numel() / shape.back(), shape.back(),
                                   y.mutable_data_ptr(), launch_on(x)),
               "geglu");
  return y;
}

bool is_of_images(const at::Tensor& residual, const at::Tensor& h) {
  return residual.dim() == 4 && residual.size(0) == h.size(0) && residual.size(1) == h.size(1) &&
         residual.size(2) == 1 && residual.size(3) == 1;
}

at::Tensor add_bias_residual(const at::Tensor& h, const at::Tensor& bias, const at::Tensor& residual) {
  const auto format = format_of(h);
  if (!format || !is_map(h) || !h.is_contiguous(at::MemoryFormat::ChannelsLast) || !fits_flat(h.numel())) return {};
  if (bias.defined() && !fits(bias, h)) return {};
  at::Tensor added;
  const bool of_images = residual.defined() && is_of_images(residual, h);
  if (residual.defined()) {
    if (residual.scalar_type() != h.scalar_type() || residual.device() != h.device() ||
        (!of_images && residual.sizes() != h.sizes()))
      return {};
    added = of_images ? residual.contiguous() : residual.contiguous(at::MemoryFormat::ChannelsLast);
  }
  const c10::cuda::CUDAGuard guard(h.device());
  check_launch(redraw::cuda::add_bias_residual(
                   *format, map_of(h), h.mutable_data_ptr(), bias.defined() ? bias.const_data_ptr() : nullptr,
                   added.defined() ? added.const_data_ptr() : nullptr, of_images, launch_on(h)),
               "add_bias_residual");
  return h;
}

at::Tensor upsample_2x(const at::Tensor& x) {
  const auto format = format_of(x);
  if (!format || !is_map(x) || !fits_flat(4 * x.numel())) return {};
  const c10::cuda::CUDAGuard guard(x.device());
  const at::Tensor in = x.contiguous(at::MemoryFormat::ChannelsLast);
  at::Tensor y = empty_map(x, 2 * x.size(2), 2 * x.size(3));
  check_launch(redraw::cuda::upsample_2x(*format, map_of(x), static_cast<int>(x.size(3)), in.const_data_ptr(),
                                         y.mutable_data_ptr(), launch_on(x)),
               "upsample_2x");
  return y;
}

}  // namespace

const FusedKernels kFusedKernels{group_norm, geglu, add_bias_residual, upsample_2x};

}  // namespace redraw::cuda
