// Weights to the device: page by page from a mapped file, by several threads.
#pragma once

#include "nn/cuda_plugin.h"

namespace redraw::cuda {

/// See CudaPlugin::upload. One thread alone is held up by the pages of the file, not by the device: a copy from memory
/// that may be paged out goes through the driver's own small buffers. So each thread fills buffers of its own, which
/// the device reads while the next one is filled.
void upload(const std::vector<Upload>& work, int device);

}  // namespace redraw::cuda
