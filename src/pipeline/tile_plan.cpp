// Tile plan: whether a picture is redrawn in tiles, and how many pictures or tiles a call of the model takes.
#include "pipeline/tile_plan.h"

#include <algorithm>

#include "image/tile_spans.h"

namespace redraw {

TilePlan tile_plan(const Recipe& recipe, const ModelTraits& traits, Size work_size) {
  const int stride = traits.latent_stride, tile = tile_side(recipe.tile).value_or(traits.native_side) / stride * stride;
  if (tile == 0 || std::max(work_size.width, work_size.height) <= tile) return {};
  const bool joint = recipe.tile_mode == TileMode::kJoint;
  return {recipe.tile_mode, tile, joint ? recipe.tile_overlap / stride * stride : recipe.tile_overlap};
}

int auto_batch(Size size) {
  // A call over 4 pictures of 512 x 512 keeps a CPU and a mid-size GPU busy; bigger gains little.
  const double area = static_cast<double>(size.width) * size.height;
  return static_cast<int>(std::clamp(4 * 512.0 * 512.0 / std::max(area, 1.0), 1.0, 16.0));
}

int pictures_per_call(const Recipe& recipe, Size size) {
  if (recipe.determinism == Determinism::kBitwise) return 1;
  return recipe.batch > 0 ? recipe.batch : auto_batch(size);
}

}  // namespace redraw
