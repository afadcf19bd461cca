// Torch's own single precision functions on the CPU, for schedules that agree to the last bit.
#include "sampling/torch_math.h"

#include <ATen/ATen.h>

namespace redraw {
namespace {

at::Tensor to_tensor(const Floats& values) { return at::tensor(values, at::kFloat); }

Floats to_floats(const at::Tensor& values) {
  const at::Tensor flat = values.contiguous();
  return {flat.const_data_ptr<float>(), flat.const_data_ptr<float>() + flat.numel()};
}

}  // namespace

const FloatMath& torch_math() {
  static const FloatMath kMath = {
      [](const Floats& x) { return to_floats(to_tensor(x).exp()); },
      [](const Floats& x) { return to_floats(to_tensor(x).log()); },
      [](const Floats& x) { return to_floats(to_tensor(x).sqrt()); },
      [](const Floats& x) { return to_floats(to_tensor(x).tan()); },
      [](const Floats& x) { return to_floats(to_tensor(x).atan()); },
      [](const Floats& x, double power) { return to_floats(to_tensor(x).pow(power)); },
      [](float from, float to, int count) { return to_floats(at::linspace(from, to, count, at::kFloat)); }};
  return kMath;
}

}  // namespace redraw
