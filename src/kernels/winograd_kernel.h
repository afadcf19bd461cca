// 3 x 3 convolutions on the CPU by Winograd's algorithm, over plain memory; one kernel for each instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

namespace redraw {

/// y = conv(x) + bias + add, then leaky ReLU: stride 1, maps [N, h, w, channels], of x and y maybe some channels of
/// more.
struct WinogradJob {
  const void *x = nullptr, *weight = nullptr;  // weight [K / 32, C, 3, 3, 32] in the samples of x
  void* y = nullptr;
  const float* bias = nullptr;  // [K]; or none
  const void* add = nullptr;    // samples of y's shape, or one for each picture and channel; or none
  float slope = 1;              // below 0
  std::int64_t pictures = 0, height = 0, width = 0;                 // of x
  std::int64_t channels = 0, outputs = 0, padding = 0;              // C, K, zeros around x
  std::int64_t x_pixel = 0, y_pixel = 0;                            // steps from one pixel to the next, in samples
  std::int64_t add_picture = 0, add_pixel = 0;                      // steps of `add`
  std::int64_t out_height() const { return height + 2 * padding - 2; }
  std::int64_t out_width() const { return width + 2 * padding - 2; }
  std::int64_t tile_columns(std::int64_t tile) const { return (out_width() + tile - 1) / tile; }
  std::int64_t tile_rows(std::int64_t tile) const { return (out_height() + tile - 1) / tile; }
  std::int64_t tiles(std::int64_t tile) const { return pictures * tile_rows(tile) * tile_columns(tile); }
};

/// Tiles and outputs that are made at a time.
struct WinogradPart {
  std::int64_t first_tile = 0, tiles = 0;
  std::int64_t first_output = 0, outputs = 0;  // multiples of kWinogradPanel
  std::int64_t next_tiles = 0;                 // after these, whose samples are asked for in good time
};

/// F(4 x 4, 3 x 3) and F(6 x 6, 3 x 3) of Lavin and Gray 2015 (arXiv 1509.09308): 16 results for 36 products a channel
/// instead of 144, 36 for 64 instead of 324. What that costs in rounding: winograd_points.h.
///
/// A result's products are summed over all channels in their order, whatever the parts: they may be cut at will.
/// Buffers are in f32 and hold what sizes say of them, in numbers.
struct WinogradKernel {
  std::int64_t tile;  // results on a side: 4 or 6
  std::int64_t (*panel_size)(const WinogradJob& job);  // the turned weights of kWinogradPanel outputs
  std::int64_t (*tiles_size)(std::int64_t tiles, std::int64_t channels);         // turned tiles of C or K channels
  /// The weights of kWinogradPanel outputs from first_output on.
  void (*turn_panel)(const WinogradJob& job, std::int64_t first_output, float* panel);
  /// The tiles [begin, end) of the part's to their places among all of it.
  void (*turn_tiles)(const WinogradJob& job, const WinogradPart& part, std::int64_t begin, std::int64_t end,
                     float* turned);
  /// The results of a part; panels: those of its outputs, one after the other; products: room for its tiles of its
  /// outputs.
  void (*multiply)(const WinogradJob& job, const WinogradPart& part, const float* panels, const float* turned,
                   float* products);
};
constexpr std::int64_t kWinogradPanel = 32;

/// nullptr where the processor lacks AVX2 with FMA, for the first, or AVX512. C a multiple of 16, K of 32.
const WinogradKernel* winograd_kernel_avx2(bool bf16, int tile);
const WinogradKernel* winograd_kernel_avx512(bool bf16, int tile);

}  // namespace redraw
