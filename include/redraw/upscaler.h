// Upscaler: a network that makes pictures larger, in tiles. Free of libtorch.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "redraw/error.h"
#include "redraw/image.h"
#include "redraw/rows.h"

namespace redraw {

struct UpscalerSpec {
  std::string path;  // .safetensors, .pth, or ncnn's .param
  std::string device = "auto";
  std::string dtype = "auto";
  int threads = 0;
};

struct UpscalerInfo {
  std::string name;          // file name without suffix
  std::string architecture;  // "ESRGAN"
  std::vector<std::string> tags;
  int scale = 1;
  std::string sha256;         // 64 hex digits of the file (ncnn: of its .bin)
  std::string device, dtype;  // as chosen: "cpu", "f32"
};

/// How tiles are cut and joined.
enum class TileRule {
  kWebui,    // A1111 1.10: channels as BGR, pictures smaller than a tile extended with black at the left and top
  kContext,  // RGB, tiles no larger than the picture, each seen with 10 px around it that are cut off again
};

struct Tiling {
  int tile = 192;   // px of the source; 0: the whole picture at once
  int overlap = 8;  // px; below tile
  TileRule rule = TileRule::kContext;
  std::function<void(int done, int of)> on_tile;
};

class Upscaler {
 public:
  virtual ~Upscaler() = default;
  virtual const UpscalerInfo& info() const = 0;
  /// Takes the rows of an RGB picture of that size, gives those of one info().scale times as large. Memory: a row of
  /// tiles. A stage runs in one thread at a time. Errors: kModel where the network gives no finite numbers, kDevice.
  virtual std::unique_ptr<RowStage> rows(Size size, const Tiling& tiling, RowSink sink) const = 0;
  /// A whole picture of any kind, as RGB.
  Image run(const Image& image, const Tiling& tiling) const;
};

/// From libredraw_engine.so, loaded on first use. Errors: kModel, kDevice, kFile; kInternal without the library.
std::unique_ptr<Upscaler> load_upscaler(const UpscalerSpec& spec);

}  // namespace redraw
