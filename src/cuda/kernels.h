// The kernels of the CUDA plugin as plain functions: pointers on the device, a stream, no libtorch.
#pragma once

#include <cstddef>
#include <cstdint>

namespace redraw::cuda {

enum class Format { kF32, kF16, kBf16 };

/// Where a kernel runs. Each function returns the error of its launch as the runtime numbers it, 0: none.
struct Launch {
  void* stream;
  int multiprocessors;
};


struct Map {
  int images, rows, channels;  // rows: pixels of an image; channels lie side by side
};

struct GroupNormCall {
  Format format;
  Map map;
  int groups;
  const void *x, *weight, *bias;
  void* y;
  float eps;
  bool silu;
};
/// Bytes of device memory that group_norm works in; 0: it cannot do this shape.
std::size_t group_norm_workspace(const GroupNormCall& call, int multiprocessors);
int group_norm(const GroupNormCall& call, void* workspace, Launch launch);

/// x [rows, 2 * width] -> y [rows, width].
int geglu(Format format, const void* x, std::int64_t rows, std::int64_t width, void* y, Launch launch);

/// h += bias + residual; nullptr: there is none. residual_of_image: [images, channels] instead of the map's shape.
int add_bias_residual(Format format, const Map& map, void* h, const void* bias, const void* residual,
                      bool residual_of_image, Launch launch);

/// [images, height, width, channels] -> twice as high and wide.
int upsample_2x(Format format, const Map& map, int width, const void* x, void* y, Launch launch);

/// The flat kernels count packs in 32 bits.
bool fits_flat(std::int64_t numbers);

}  // namespace redraw::cuda
