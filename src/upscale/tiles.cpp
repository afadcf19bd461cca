// Tiles: a picture cut, run through a network and joined again, row by row.
#include "upscale/tiles.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "image/composite.h"
#include "image/join_tiles.h"

namespace redraw {
namespace {

constexpr int kContextPx = 10;  // as Real-ESRGAN's tile_pad

at::Tensor to_tensor(const Image& image, bool bgr) {  // [1, 3, h, w] in 0..1
  const at::Tensor bytes =
      at::from_blob(const_cast<std::uint8_t*>(image.data.data()), {1, image.height, image.width, 3}, at::kByte);
  const at::Tensor planes = bytes.permute({0, 3, 1, 2}).to(at::kFloat).div_(255);
  return bgr ? planes.flip(1) : planes;
}

at::Tensor to_bytes(const at::Tensor& planes, bool bgr) {  // [3, h, w] -> [h, w, 3] u8, rounded half to even
  const at::Tensor ordered = bgr ? planes.flip(0) : planes;
  return ordered.mul(255).round_().to(at::kByte).permute({1, 2, 0}).contiguous();
}

Image to_image(const at::Tensor& bytes) {
  Image image(static_cast<int>(bytes.size(1)), static_cast<int>(bytes.size(0)), 3);
  std::copy_n(bytes.const_data_ptr<std::uint8_t>(), image.data.size(), image.data.begin());
  return image;
}

/// The rows of the source that are still needed.
class SourceRows {
 public:
  explicit SourceRows(Size size) : size_(size) {}
  int read() const { return first_ + rows_.height; }
  void push(const std::uint8_t* row) {
    rows_.width = size_.width;
    rows_.channels = 3;
    rows_.data.insert(rows_.data.end(), row, row + stride());
    ++rows_.height;
  }
  void drop_above(int y) {
    const int count = std::clamp(y - first_, 0, rows_.height);
    rows_.data.erase(rows_.data.begin(),
                     rows_.data.begin() + static_cast<std::ptrdiff_t>(count) * static_cast<std::ptrdiff_t>(stride()));
    rows_.height -= count;
    first_ += count;
  }
  /// Black outside the picture.
  Image crop(const Rect& r) const { return redraw::crop(rows_, {r.x1, r.y1 - first_, r.x2, r.y2 - first_}); }

 private:
  std::size_t stride() const { return static_cast<std::size_t>(size_.width) * 3; }
  Size size_;
  Image rows_;
  int first_ = 0;
};

/// Cuts rows of tiles; how they are joined is left to its kin.
class TileStage : public RowStage {
 public:
  TileStage(Size size, int scale, const Tiling& tiling, TileFunction run, RowSink sink, std::vector<TileSpan> across,
            std::vector<TileSpan> down)
      : size_(size),
        scale_(scale),
        tiling_(tiling),
        run_(std::move(run)),
        sink_(std::move(sink)),
        across_(std::move(across)),
        down_(std::move(down)),
        source_(size) {}

  void push(const std::uint8_t* row) override {
    source_.push(row);
    while (next_ < down_.size() && source_.read() >= last_row_of(down_[next_])) {
      join_row(down_[next_], next_ == 0);
      ++next_;
      const bool done = next_ == down_.size();
      emit_until((done ? size_.height : std::max(0, down_[next_].begin)) * scale_);
      if (!done) source_.drop_above(down_[next_].begin - margin());
    }
  }

 protected:
  virtual void join_row(const TileSpan& down, bool is_first) = 0;
  virtual void emit_until(int y) = 0;  // of the result

  bool bgr() const { return tiling_.rule == TileRule::kWebui; }
  int margin() const { return tiling_.rule == TileRule::kContext ? kContextPx : 0; }

  /// [3, scale h, scale w] of the tile alone; what surrounds it in the picture is seen by the network too.
  at::Tensor run_tile(const TileSpan& x, const TileSpan& y) {
    const Rect tile{x.begin, y.begin, x.begin + x.length, y.begin + y.length};
    const int m = margin();
    const Rect seen = m == 0 ? tile
                             : Rect{std::max(0, tile.x1 - m), std::max(0, tile.y1 - m),
                                    std::min(size_.width, tile.x2 + m), std::min(size_.height, tile.y2 + m)};
    const at::Tensor result = run_(to_tensor(source_.crop(seen), bgr()))[0];
    if (tiling_.on_tile) tiling_.on_tile(++done_, static_cast<int>(across_.size() * down_.size()));
    return result.narrow(1, (tile.y1 - seen.y1) * scale_, y.length * scale_)
        .narrow(2, (tile.x1 - seen.x1) * scale_, x.length * scale_);
  }

  Size size_;
  int scale_;
  Tiling tiling_;
  TileFunction run_;
  RowSink sink_;
  std::vector<TileSpan> across_, down_;

 private:
  int last_row_of(const TileSpan& down) const { return std::min(size_.height, down.begin + down.length + margin()); }

  SourceRows source_;
  std::size_t next_ = 0;
  int done_ = 0;
};

class RampedTiles : public TileStage {
 public:
  using TileStage::TileStage;

 private:
  int overlap_at(int begin) const { return begin == 0 ? 0 : tiling_.overlap * scale_; }

  void join_row(const TileSpan& down, bool) override {
    Image row(size_.width * scale_, down.length * scale_, 3);
    for (const TileSpan& x : across_)
      lay_tile(row, to_image(to_bytes(run_tile(x, down), bgr())), x.begin * scale_, 0, overlap_at(x.begin), true);
    const int y = down.begin * scale_ - emitted_;
    Image grown(row.width, std::max(band_.height, y + row.height), 3);
    std::copy(band_.data.begin(), band_.data.end(), grown.data.begin());
    band_ = std::move(grown);
    lay_tile(band_, row, 0, y, overlap_at(down.begin), false);
  }

  void emit_until(int y) override {
    const int count = y - emitted_;
    for (int i = 0; i < count; ++i) sink_(band_.at(0, i));
    band_ = crop(band_, {0, count, band_.width, band_.height});
    emitted_ = y;
  }

  Image band_;  // rows from emitted_ on that are not finished
  int emitted_ = 0;
};

class WeightedTiles : public TileStage {
 public:
  using TileStage::TileStage;

 private:
  void join_row(const TileSpan& down, bool is_first) override {
    const std::int64_t width = static_cast<std::int64_t>(size_.width) * scale_,
                       y = static_cast<std::int64_t>(down.begin) * scale_ - emitted_;
    const std::int64_t height = static_cast<std::int64_t>(down.length) * scale_;
    if (is_first) sums_ = at::zeros({4, 0, width});
    if (const std::int64_t missing = y + height - sums_.size(1); missing > 0)
      sums_ = at::cat({sums_, at::zeros({4, missing, width})}, 1);
    for (const TileSpan& x : across_) {
      const at::Tensor tile = run_tile(x, down);
      at::Tensor place =
          sums_.narrow(1, y, height).narrow(2, static_cast<std::int64_t>(x.begin) * scale_, tile.size(2));
      place.narrow(0, 0, 3).add_(tile);
      place.narrow(0, 3, 1).add_(1);
    }
  }

  void emit_until(int y) override {
    const std::int64_t count = y - emitted_;
    const at::Tensor done = sums_.narrow(1, 0, count);
    const at::Tensor bytes = to_bytes((done.narrow(0, 0, 3) / done.narrow(0, 3, 1)).clamp_(0, 1), bgr());
    for (std::int64_t i = 0; i < count; ++i) sink_(bytes.const_data_ptr<std::uint8_t>() + i * bytes.size(1) * 3);
    sums_ = sums_.narrow(1, count, sums_.size(1) - count).clone();
    emitted_ = y;
  }

  at::Tensor sums_;  // [RGB and how many, rows, W]
  int emitted_ = 0;
};

std::vector<TileSpan> strided_spans(int side, int tile, int overlap) {
  std::vector<TileSpan> spans;
  for (int begin = 0; begin < side - tile; begin += tile - overlap) spans.push_back({begin, tile});
  spans.push_back({side - tile, tile});
  return spans;
}

}  // namespace

std::unique_ptr<RowStage> ramped_tiles(Size size, int scale, const Tiling& tiling, TileFunction run, RowSink sink) {
  const auto spans = [&](int side) {
    if (tiling.tile <= 0) return std::vector<TileSpan>{{0, side}};
    return grid_spans(side, tiling.rule == TileRule::kWebui ? tiling.tile : std::min(tiling.tile, side),
                      tiling.overlap);
  };
  return std::make_unique<RampedTiles>(size, scale, tiling, std::move(run), std::move(sink), spans(size.width),
                                       spans(size.height));
}

std::unique_ptr<RowStage> weighted_tiles(Size size, int scale, const Tiling& tiling, TileFunction run, RowSink sink) {
  const int shorter = std::min(size.width, size.height), tile = tiling.tile <= 0 ? 0 : std::min(tiling.tile, shorter);
  const auto spans = [&](int side) {
    return tile == 0 ? std::vector<TileSpan>{{0, side}} : strided_spans(side, tile, tiling.overlap);
  };
  return std::make_unique<WeightedTiles>(size, scale, tiling, std::move(run), std::move(sink), spans(size.width),
                                         spans(size.height));
}

}  // namespace redraw
