// The table of fused kernels, and their plain twins.
#include "nn/fused.h"

#include <ATen/ATen.h>

#include <array>

#include "nn/fused_cpu.h"

namespace redraw {
namespace {

using Table = std::array<const FusedKernels*, static_cast<std::size_t>(at::DeviceType::COMPILE_TIME_MAX_DEVICE_TYPES)>;

Table& table() {
  static Table rows = [] {
    Table first{};
    first[static_cast<std::size_t>(at::DeviceType::CPU)] = &cpu_fused_kernels();
    return first;
  }();
  return rows;
}

}  // namespace

const FusedKernels* fused_kernels(const at::Device& device) { return table()[static_cast<std::size_t>(device.type())]; }

void set_fused_kernels(at::DeviceType type, const FusedKernels* kernels) {
  table()[static_cast<std::size_t>(type)] = kernels;
}

at::Tensor group_norm_by_aten(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                              std::int64_t groups, double eps, bool silu) {
  // ATen's channels-last path loses digits where a group is nearly flat; this one does not, and costs no time here.
  at::Tensor y = at::group_norm(x.contiguous(), groups, weight, bias, eps);
  return silu ? at::silu_(y) : y;
}

at::Tensor geglu_by_aten(const at::Tensor& x) {
  const auto halves = x.chunk(2, -1);
  return halves[0] * at::gelu(halves[1]);
}

at::Tensor add_bias_residual_by_aten(const at::Tensor& h, const at::Tensor& bias, const at::Tensor& residual) {
  at::Tensor sum = h;
  if (bias.defined()) sum.add_(bias.view({1, -1, 1, 1}));
  if (residual.defined()) sum.add_(residual);
  return sum;
}

at::Tensor upsample_2x_by_aten(const at::Tensor& x) {
  return at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
}

}  // namespace redraw
