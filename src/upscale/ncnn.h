// ncnn's .param and .bin: Real-ESRGAN's nets in that form, as tensors under the keys of their .pth.
#pragma once

#include <filesystem>

#include "nn/load_tensors.h"

namespace redraw {

struct NcnnFile {
  StateDict tensors;  // ESRGAN's new keys or Compact's
  double shrink = 1;  // factor of a bicubic resize at the end (animevideov3 x2 and x3 are the x4 net, shrunk)
};

bool is_ncnn(const std::filesystem::path& file);

/// param  the text; the weights lie beside it with the suffix .bin (either may be named)
/// Errors: kFile, kModel naming file and reason: another magic number, sizes that do not fit the .bin, int8
/// weights, a net that is none of Real-ESRGAN's.
NcnnFile read_ncnn(const std::filesystem::path& param);

}  // namespace redraw
