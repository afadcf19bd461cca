// Streams of rows: collecting and joining (Lanczos stands with the other filters in resample.cpp).
#include "image/row_streams.h"

#include <algorithm>

namespace redraw {
namespace {

class NearestRows : public RowStage {
 public:
  NearestRows(Size from, Size to, int channels, RowSink sink)
      : from_(from),
        to_(to),
        channels_(static_cast<std::size_t>(channels)),
        sink_(std::move(sink)),
        row_(static_cast<std::size_t>(to.width) * channels_) {}

  void push(const std::uint8_t* row) override {
    for (int x = 0; x < to_.width; ++x)
      std::copy_n(row + static_cast<std::size_t>(source_of(x, from_.width, to_.width)) * channels_, channels_,
                  row_.data() + static_cast<std::size_t>(x) * channels_);
    for (; next_ < to_.height && source_of(next_, from_.height, to_.height) == read_; ++next_) sink_(row_.data());
    ++read_;
  }

 private:
  static int source_of(int place, int from, int to) {
    return static_cast<int>((place + 0.5) * (static_cast<double>(from) / to));
  }

  Size from_, to_;
  std::size_t channels_;
  RowSink sink_;
  std::vector<std::uint8_t> row_;
  int read_ = 0, next_ = 0;
};

}  // namespace

std::unique_ptr<RowStage> nearest_rows(Size from, Size to, int channels, RowSink sink) {
  return std::make_unique<NearestRows>(from, to, channels, std::move(sink));
}

RowSink into(std::unique_ptr<RowStage> stage) {
  return [owned = std::shared_ptr<RowStage>(std::move(stage))](const std::uint8_t* row) { owned->push(row); };
}

void push_rows(const Image& image, RowStage& stage) {
  for (int y = 0; y < image.height; ++y) stage.push(image.at(0, y));
}

RowSink collector(Image& target) {
  return [&target, y = 0](const std::uint8_t* row) mutable {
    std::copy_n(row, static_cast<std::size_t>(target.width) * static_cast<std::size_t>(target.channels),
                target.at(0, y++));
  };
}

RowZipper::RowZipper(std::vector<std::size_t> row_bytes, Sink sink)
    : row_bytes_(std::move(row_bytes)), waiting_(row_bytes_.size()), sink_(std::move(sink)) {}

RowSink RowZipper::input(std::size_t stream) {
  return [this, stream](const std::uint8_t* row) { push(stream, row); };
}

void RowZipper::push(std::size_t stream, const std::uint8_t* row) {
  waiting_[stream].emplace_back(row, row + row_bytes_[stream]);
  if (std::any_of(waiting_.begin(), waiting_.end(), [](const auto& queue) { return queue.empty(); })) return;
  std::vector<const std::uint8_t*> rows;
  for (const auto& queue : waiting_) rows.push_back(queue.front().data());
  sink_(rows);
  for (auto& queue : waiting_) queue.pop_front();
}

}  // namespace redraw
