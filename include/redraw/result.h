// Result: what became of one job.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "redraw/error.h"
#include "redraw/image.h"

namespace redraw {

struct Result {
  std::filesystem::path output_path;
  Image image;
  std::string infotext;  // empty: a preview
  std::string key;       // content_key
  std::string sha256;    // of the output file
  std::uintmax_t bytes = 0;
  std::map<std::string, double> timings_ms;  // by stage
  std::int64_t changed_outside_mask = 0;     // pixels; promise: 0
  std::optional<Error> error;
};

}  // namespace redraw
