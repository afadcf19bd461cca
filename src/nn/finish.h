// What a convolution or linear layer does to its result before it is stored.
#pragma once

#include <optional>

#include <ATen/core/Tensor.h>

namespace redraw {

/// One of the first two or nothing.
struct Finish {
  std::optional<double> leaky = std::nullopt;  // slope below 0; of convolutions
  at::Tensor add = {};                         // of the result's shape; to a convolution's also [N, C, 1, 1]
  at::Tensor into = {};                        // where a kernel may put a convolution's result: some channels of a map
};

}  // namespace redraw
