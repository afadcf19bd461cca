// Tile plan: whether a picture is redrawn in tiles, and how many pictures or tiles a call of the model takes.
#include "pipeline/tile_plan.h"

#include <algorithm>

#include "image/tile_spans.h"

namespace redraw {

namespace {

/// The family's own side, or up to an eighth more where that covers the picture with less work: 4096 x 4096 with an
/// overlap of 64 are 16 tiles of 1088 instead of 25 of 1024.
int auto_tile(int native, int overlap, Size size) {
  constexpr int kStep = 64;  // px; a latent that halves three times
  const auto work = [&](int tile) {
    const auto along = [&](int side) {
      const int length = std::min(tile, side);
      return static_cast<std::int64_t>(grid_spans(side, length, std::min(overlap, length - 1)).size()) * length;
    };
    return along(size.width) * along(size.height);
  };
  int best = native;
  for (int tile = native; tile <= native / 8 * 9; tile += kStep)
    if (work(tile) < work(best)) best = tile;
  return best;
}

}  // namespace

TilePlan tile_plan(const Recipe& recipe, const ModelTraits& traits, Size work_size) {
  const int stride = traits.latent_stride, asked = tile_side(recipe.tile).value_or(-1);
  const int tile = asked >= 0 ? asked / stride * stride : auto_tile(traits.native_side, recipe.tile_overlap, work_size);
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
