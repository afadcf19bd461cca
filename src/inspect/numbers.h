// The numbers of a small tensor, without libtorch.
#pragma once

#include <vector>

#include "formats/model_file.h"

namespace redraw {

/// As floats, in order; empty for types that are no floating-point numbers of 16, 32 or 64 bits.
std::vector<double> numbers_of(const TensorInfo& tensor);

}  // namespace redraw
