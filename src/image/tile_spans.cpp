// Where tiles lie along a side, and how much their borders show in a picture.
#include "image/tile_spans.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace redraw {
namespace {

struct Steps {
  double sum = 0, count = 0;
  void add(const std::uint8_t* a, const std::uint8_t* b, int channels) {
    for (int c = 0; c < channels; ++c) sum += std::abs(a[c] - b[c]);
    ++count;
  }
  double mean() const { return count > 0 ? sum / count : 0; }
};

/// border[i]: a tile begins or ends between i - 1 and i.
std::vector<bool> borders(int side, int tile, int overlap) {
  std::vector<bool> border(static_cast<std::size_t>(side) + 1, false);
  for (const TileSpan& span : grid_spans(side, std::min(tile, side), overlap)) {
    border[static_cast<std::size_t>(span.begin)] = true;
    border[static_cast<std::size_t>(span.begin + span.length)] = true;
  }
  return border;
}

}  // namespace

std::optional<int> tile_side(std::string_view text) {
  if (text == "auto") return std::nullopt;
  int px = 0;  // of "off"
  std::from_chars(text.data(), text.data() + text.size(), px);
  return px;
}

std::vector<TileSpan> grid_spans(int side, int tile, int overlap) {
  if (side <= tile) return {{side - tile, tile}};
  const int step = tile - overlap;
  const int count = static_cast<int>(std::ceil(static_cast<double>(side - overlap) / step));
  const double distance = count > 1 ? static_cast<double>(side - tile) / (count - 1) : 0;
  std::vector<TileSpan> spans;
  for (int i = 0; i < count; ++i) spans.push_back({std::min(static_cast<int>(i * distance), side - tile), tile});
  return spans;
}

double seam_ratio(const Image& image, int tile, int overlap) {
  const std::vector<bool> columns = borders(image.width, tile, std::min(overlap, image.width - 1));
  const std::vector<bool> rows = borders(image.height, tile, std::min(overlap, image.height - 1));
  Steps across, elsewhere;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      if (x > 0)
        (columns[static_cast<std::size_t>(x)] ? across : elsewhere)
            .add(image.at(x - 1, y), image.at(x, y), image.channels);
      if (y > 0)
        (rows[static_cast<std::size_t>(y)] ? across : elsewhere)
            .add(image.at(x, y - 1), image.at(x, y), image.channels);
    }
  return across.count == 0 || elsewhere.mean() == 0 ? (across.mean() > 0 ? INFINITY : 1)
                                                    : across.mean() / elsewhere.mean();
}

}  // namespace redraw
