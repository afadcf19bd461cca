// The Upscaler on libtorch.
#pragma once

#include <memory>

#include "redraw/upscaler.h"
#include "upscale/network.h"

namespace redraw {

/// Errors: kModel, kDevice, kFile.
std::unique_ptr<Upscaler> create_upscaler(const UpscalerSpec& spec);

/// The tiled run of one network: ramps, or the mean where A1111 does so (its rule, SwinIR).
std::unique_ptr<RowStage> network_rows(const Network& network, Size size, const Tiling& tiling, RowSink sink);

}  // namespace redraw
