// Tiles: a picture cut, run through a network and joined again, row by row.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "redraw/upscaler.h"

namespace redraw {

/// [1, 3, h, w] in 0..1 -> [1, 3, scale h, scale w] in 0..1, f32 on the CPU
using TileFunction = std::function<at::Tensor(const at::Tensor& tile)>;

/// Places of tiles along one side, px; the first may begin below 0.
struct TileSpan {
  int begin, length;
};

/// A1111's grid: as few tiles as the overlap allows, spread evenly; where the side is shorter than the tile, one
/// that begins before it. source A1111 1.10 images.split_grid
std::vector<TileSpan> grid_spans(int side, int tile, int overlap);

/// Tiles joined by linear 8-bit ramps over the overlap, each rounded to 8 bits before.
/// source A1111 1.10 images.combine_grid, upscaler_utils.upscale_with_model; golden: models/upscale_webui
std::unique_ptr<RowStage> ramped_tiles(Size size, int scale, const Tiling& tiling, TileFunction run, RowSink sink);

/// Tiles summed as floats and divided by how many cover each pixel.
/// source A1111 1.10 upscaler_utils.upscale_2; golden: models/upscale_webui_weighted
std::unique_ptr<RowStage> weighted_tiles(Size size, int scale, const Tiling& tiling, TileFunction run, RowSink sink);

}  // namespace redraw
