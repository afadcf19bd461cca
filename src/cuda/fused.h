// The rows of the table of fused kernels for CUDA.
#pragma once

#include "nn/fused.h"

namespace redraw::cuda {

extern const FusedKernels kFusedKernels;

}  // namespace redraw::cuda
