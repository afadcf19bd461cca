// The fused layers on the CPU: maps with the channels last, f32 and bf16.
#pragma once

#include "nn/fused.h"

namespace redraw {

const FusedKernels& cpu_fused_kernels();

}  // namespace redraw
