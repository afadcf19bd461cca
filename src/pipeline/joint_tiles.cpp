// Joint denoising: one latent, seen by the model in overlapping tiles at every step.
#include "pipeline/joint_tiles.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numbers>

#include "image/tile_spans.h"

namespace redraw {
namespace {

at::Tensor raised_cosine(std::int64_t length, at::TensorOptions options) {  // [length], above 0 everywhere
  return 0.5 -
         0.5 * at::cos((at::arange(length, options) + 0.5) * (2 * std::numbers::pi / static_cast<double>(length)));
}

std::vector<TileSpan> spans_of(std::int64_t side, int tile, int overlap) {
  const int length = std::min(tile, static_cast<int>(side));
  return grid_spans(static_cast<int>(side), length, std::min(overlap, length - 1));
}

}  // namespace

at::Tensor joint_tiles(const at::Tensor& x, int tile, int overlap, int per_call,
                       const std::function<at::Tensor(const at::Tensor& parts)>& net) {
  const auto down = spans_of(x.size(2), tile, overlap), across = spans_of(x.size(3), tile, overlap);
  const std::size_t tiles = down.size() * across.size();
  if (tiles == 1) return net(x);
  const at::Tensor weight =
      raised_cosine(down[0].length, x.options()).unsqueeze(1) * raised_cosine(across[0].length, x.options());
  const auto cut = [&](const at::Tensor& y, std::size_t number) {
    const TileSpan &row = down[number / across.size()], &column = across[number % across.size()];
    return y.narrow(-2, row.begin, row.length).narrow(-1, column.begin, column.length);
  };
  at::Tensor sum, total = at::zeros({x.size(2), x.size(3)}, x.options());
  for (std::size_t first = 0, count; first < tiles; first += count) {
    count = std::min(tiles - first, static_cast<std::size_t>(per_call));
    std::vector<at::Tensor> parts;
    for (std::size_t i = first; i < first + count; ++i) parts.push_back(cut(x, i));
    const std::vector<at::Tensor> outputs = net(at::cat(parts)).chunk(static_cast<std::int64_t>(count));
    if (!sum.defined()) sum = at::zeros({x.size(0), outputs[0].size(1), x.size(2), x.size(3)}, x.options());
    for (std::size_t i = 0; i < count; ++i) {
      cut(sum, first + i).add_(outputs[i] * weight);
      cut(total, first + i).add_(weight);
    }
  }
  return sum / total;
}

}  // namespace redraw
