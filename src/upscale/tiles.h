// Tiles: a picture cut, run through a network and joined again, row by row.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "image/tile_spans.h"
#include "redraw/upscaler.h"

namespace redraw {

/// [1, 3, h, w] in 0..1 -> [1, 3, scale h, scale w] in 0..1, f32 on the CPU
using TileFunction = std::function<at::Tensor(const at::Tensor& tile)>;

/// Tiles joined by linear 8-bit ramps over the overlap, each rounded to 8 bits before.
/// source A1111 1.10 images.combine_grid, upscaler_utils.upscale_with_model; golden: models/upscale_webui
std::unique_ptr<RowStage> ramped_tiles(Size size, int scale, const Tiling& tiling, TileFunction run, RowSink sink);

/// Tiles summed as floats and divided by how many cover each pixel.
/// source A1111 1.10 upscaler_utils.upscale_2; golden: models/upscale_webui_weighted
std::unique_ptr<RowStage> weighted_tiles(Size size, int scale, const Tiling& tiling, TileFunction run, RowSink sink);

}  // namespace redraw
