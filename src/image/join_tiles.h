// Tiles of a grid joined to a picture as A1111 does it: the start of each fades into what is there.
#pragma once

#include <span>
#include <vector>

#include "image/tile_spans.h"

namespace redraw {

/// The start of `part` fades into the target over `overlap` px, in a linear 8-bit ramp; the rest replaces it.
/// across  the start is its left side, otherwise its upper one
void lay_tile(Image& target, const Image& part, int x, int y, int overlap, bool across);

/// Tiles row by row, one for each pair of spans, laid into rows and the rows into the picture.
/// tiles   RGB, of the spans' lengths
/// source  A1111 1.10 images.combine_grid
Image join_tiles(Size size, std::span<const Image> tiles, const std::vector<TileSpan>& across,
                 const std::vector<TileSpan>& down, int overlap);

}  // namespace redraw
