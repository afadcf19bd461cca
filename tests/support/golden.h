// Golden cases: reading cases.json, arrays and pictures; comparing with a case's tolerance.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "redraw/image.h"

namespace redraw::golden {

using Json = nlohmann::json;

/// A tensor in plain memory; u8 and int64 files are read as doubles' worth of floats too.
struct Array {
  std::vector<std::int64_t> shape;
  std::vector<float> data;          // always filled
  std::vector<std::int64_t> ints;   // filled for int64 files
  std::string dtype;                // "f4", "u1", "i8"
};

struct Case {
  std::string id, function;
  Json inputs, expected, tolerance;
  std::filesystem::path folder;  // where cases.json lies
  std::filesystem::path packs;   // where the packs of that folder are unpacked

  /// "data/...", "lora/..." lie beside cases.json; "files/...", "upscalers/...", "bad/..." in packs.
  std::filesystem::path path(const std::string& name) const;
  Array array(const std::string& name) const;
  Image image(const std::string& name) const;  // PNG as stored: 1, 3 or 4 channels
};

/// Empty: passed. Otherwise what differed.
using Failure = std::string;

/// Thrown by a row for a case that it cannot judge (for example a family that does not exist yet).
struct Skip { std::string reason; };

struct Row {
  const char* function;
  Failure (*run)(const Case&);
};

/// Applies {"exact": true}, {"max_abs", "max_fraction_different"} (8-bit steps), {"mean_abs"},
/// {"abs", "rel"}, {"atol", "rtol"}; {} means exact for integers and 1e-5 relative for floats.
Failure compare(const Image& got, const Image& expected, const Json& tolerance);
Failure compare(const std::vector<float>& got, const std::vector<std::int64_t>& got_shape,
                const Array& expected, const Json& tolerance);
/// Numbers, strings, lists, objects; numbers by tolerance (1e-5 relative if it names none).
Failure compare(const Json& got, const Json& expected, const Json& tolerance = Json::object());

Array read_npy(const std::filesystem::path& path);

}  // namespace redraw::golden
