// A timeline of one call of the engine, operator by operator and kernel by kernel.
#pragma once

#include <string>

namespace redraw {

/// Where REDRAW_TRACE names a file, the second call of run() in this process (the first one warms up) is recorded into
/// it by libtorch's Kineto, in Chrome's format: open it in perfetto, or sum it with scripts/gpu/kernel_times.py.
class Trace {
 public:
  Trace();   // starts where it is this call's turn
  ~Trace();  // writes the file
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

 private:
  std::string file_;
};

}  // namespace redraw
