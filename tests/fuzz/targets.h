// TABLE of fuzz targets: readers of what comes from outside, each fed with any bytes.
#pragma once

#include <span>
#include <string_view>

namespace redraw::fuzz {

struct Target {
  const char* name;  // of its folder below tests/fuzz/corpus
  /// Returns for bytes that are refused with an Error or read; everything else is a fault.
  void (*run)(std::string_view bytes);
};

std::span<const Target> targets();

}  // namespace redraw::fuzz
