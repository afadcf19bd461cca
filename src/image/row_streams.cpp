// Streams of rows: collecting and joining (Lanczos stands with the other filters in resample.cpp).
#include "image/row_streams.h"

#include <algorithm>

namespace redraw {

void push_rows(const Image& image, RowStage& stage) {
  for (int y = 0; y < image.height; ++y) stage.push(image.at(0, y));
}

RowSink collector(Image& target) {
  return [&target, y = 0](const std::uint8_t* row) mutable {
    std::copy_n(row, static_cast<std::size_t>(target.width) * static_cast<std::size_t>(target.channels), target.at(0, y++));
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
