// Golden arrays as tensors, for the rooms that see libtorch.
#pragma once

#include <ATen/ATen.h>

#include "support/golden.h"

namespace redraw::golden {

inline at::Tensor to_tensor(const Array& array) {
  if (!array.ints.empty()) return at::tensor(array.ints, at::kLong).view(array.shape);
  return at::tensor(array.data, at::kFloat).view(array.shape);
}

inline Failure compare(const at::Tensor& got, const Array& expected, const Json& tolerance) {
  const at::Tensor flat = got.to(at::kCPU, at::kFloat).contiguous();
  const std::vector<float> values(flat.const_data_ptr<float>(), flat.const_data_ptr<float>() + flat.numel());
  std::vector<std::int64_t> shape = flat.sizes().vec();
  while (shape.size() > expected.shape.size() && shape.front() == 1) shape.erase(shape.begin());
  return compare(values, shape, expected, tolerance);
}

}  // namespace redraw::golden
