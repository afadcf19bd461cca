// Torch's own single precision functions on the CPU, for schedules that agree to the last bit.
#pragma once

#include "schedule/float32.h"

namespace redraw {

const FloatMath& torch_math();

}  // namespace redraw
