// Tile plan: whether a picture is redrawn in tiles, and how many pictures or tiles a call of the model takes.
#pragma once

#include "models/model.h"
#include "redraw/job.h"

namespace redraw {

struct TilePlan {
  TileMode mode = TileMode::kJoint;
  int tile = 0;     // px, a multiple of the latent's stride; 0: the picture as a whole
  int overlap = 0;  // px; of joint tiles a multiple of the stride
  bool is(TileMode asked) const { return tile > 0 && mode == asked; }
};

/// Tiles only where the picture is larger than one.
TilePlan tile_plan(const Recipe& recipe, const ModelTraits& traits, Size work_size);

/// Pictures of this size that fit into one call where nobody says how many.
int auto_batch(Size size);
/// As the recipe says, one where every bit counts, else auto_batch.
int pictures_per_call(const Recipe& recipe, Size size);

}  // namespace redraw
