// Streams of rows: Lanczos resizing, blending of two streams, collecting.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "redraw/image.h"
#include "redraw/rows.h"

namespace redraw {

/// resize_lanczos row by row, bit for bit; holds as many rows as the filter is high.
/// channels  1 or 3
std::unique_ptr<RowStage> lanczos_rows(Size from, Size to, int channels, RowSink sink);

/// resize_nearest row by row.
std::unique_ptr<RowStage> nearest_rows(Size from, Size to, int channels, RowSink sink);

/// The stage as a sink that owns it.
RowSink into(std::unique_ptr<RowStage> stage);

/// Pushes all rows of a picture.
void push_rows(const Image& image, RowStage& stage);

/// A sink that fills `target` from the top.
RowSink collector(Image& target);

/// Joins streams that come at different times: the sink gets one row of each, side by side, as soon as all are there.
class RowZipper {
 public:
  using Sink = std::function<void(const std::vector<const std::uint8_t*>& rows)>;
  /// row_bytes  of each stream
  RowZipper(std::vector<std::size_t> row_bytes, Sink sink);
  RowSink input(std::size_t stream);

 private:
  void push(std::size_t stream, const std::uint8_t* row);

  std::vector<std::size_t> row_bytes_;
  std::vector<std::deque<std::vector<std::uint8_t>>> waiting_;
  Sink sink_;
};

}  // namespace redraw
