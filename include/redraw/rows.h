// Pictures as streams of rows, so that memory does not grow with their size.
#pragma once

#include <cstdint>
#include <functional>

namespace redraw {

/// Takes one row of 8-bit samples, [W, C]; it is gone after the call.
using RowSink = std::function<void(const std::uint8_t* row)>;

/// A step of a stream: takes the rows of one picture from top to bottom and hands those of another on as soon as
/// they are finished; after the last row all are.
class RowStage {
 public:
  virtual ~RowStage() = default;
  virtual void push(const std::uint8_t* row) = 0;
};

}  // namespace redraw
