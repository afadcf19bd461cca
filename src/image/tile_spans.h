// Where tiles lie along a side, and how much their borders show in a picture.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "redraw/image.h"

namespace redraw {

/// "512" of the settings tile and vae_tile in px; "off" is 0, "auto" none.
std::optional<int> tile_side(std::string_view text);

/// A tile along one side; the first may begin below 0.
struct TileSpan {
  int begin, length;
};

/// A1111's grid: as few tiles as the overlap allows, spread evenly; where the side is shorter than the tile, one
/// that begins before it. source A1111 1.10 images.split_grid
std::vector<TileSpan> grid_spans(int side, int tile, int overlap);

/// Mean step between neighbours across the borders of the tiles, over the mean step elsewhere: 1 where no seam shows.
/// tile, overlap  px; tiles by grid_spans, no longer than the side
/// returns        1 where there is no border, or nothing but flat colour
double seam_ratio(const Image& rgb, int tile, int overlap);

}  // namespace redraw
