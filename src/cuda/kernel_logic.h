// What the CUDA kernels do, thread by thread, as plain functions: nvcc compiles them for the GPU, and the C++ compiler
// for a test that walks through the same grids on the CPU. Free of CUDA's headers and of libtorch.
#pragma once

#include <cmath>
#include <cstdint>

#ifdef __CUDACC__
#define REDRAW_DEVICE __host__ __device__ __forceinline__
#define REDRAW_UNROLL(times) _Pragma(#times)
#else
#define REDRAW_DEVICE inline
#define REDRAW_UNROLL(times)
#endif

namespace redraw::cuda {

/// To and from f32; specialised for each number format by who compiles this.
template <typename T>
struct Number;

/// Numbers that lie side by side and are read in one access, 16 bytes where the layout allows.
template <typename T, int kWide>
struct alignas(sizeof(T) * kWide) Pack {
  T values[kWide];
};

template <typename T, int kWide>
REDRAW_DEVICE Pack<T, kWide> load(const T* from) { return *reinterpret_cast<const Pack<T, kWide>*>(from); }

template <typename T, int kWide>
REDRAW_DEVICE void store(T* to, const Pack<T, kWide>& pack) { *reinterpret_cast<Pack<T, kWide>*>(to) = pack; }

/// Which of a grid's threads one is, where the grid is a row.
struct Place {
  std::uint32_t first, step;
};

REDRAW_DEVICE float silu(float x) {
#ifdef __CUDA_ARCH__
  return __fdividef(x, 1.0F + __expf(-x));
#else
  return x / (1.0F + std::exp(-x));
#endif
}

REDRAW_DEVICE float gelu(float x) { return 0.5F * x * (1.0F + erff(x * 0.70710678F)); }

// ---- GroupNorm of maps whose channels lie side by side ----

/// A block works on some rows (pixels) of one image: `lanes` of them at once, `packs` threads for each.
struct GroupNormGrid {
  int images, rows, channels, groups;
  int packs, lanes, threads;
  int chunk, chunks;  // rows of a block, blocks of an image

  REDRAW_DEVICE int group_width() const { return channels / groups; }
  REDRAW_DEVICE int shared_floats() const { return 2 * lanes * channels; }
  /// Of the second kernel: how many threads share the chunks of one group.
  REDRAW_DEVICE int slices() const { return groups <= kMostFinishThreads / 32 ? 32 : kMostFinishThreads / groups; }
  REDRAW_DEVICE int finish_threads() const { return (slices() * groups + 31) / 32 * 32; }
  REDRAW_DEVICE int finish_doubles() const { return 2 * slices() * groups; }
  static constexpr int kMostFinishThreads = 1024;
};

/// Blocks enough for all multiprocessors and rows enough for each lane. threads 0: too wide for a block's memory, or
/// too many groups for the second kernel.
inline GroupNormGrid group_norm_grid(int images, int rows, int channels, int groups, int wide, int multiprocessors) {
  constexpr int kThreads = 512, kMostChannels = 6144, kBlocksEach = 4, kLeastRowsOfLane = 4;
  GroupNormGrid grid{images, rows, channels, groups, channels / wide, 1, 0, rows, 1};
  if (channels > kMostChannels || groups > GroupNormGrid::kMostFinishThreads) return grid;
  if (grid.packs < kThreads) grid.lanes = kThreads / grid.packs;
  if (grid.lanes > rows) grid.lanes = rows;
  const int used = grid.packs * grid.lanes;
  grid.threads = used >= kThreads ? kThreads : (used + 31) / 32 * 32;
  const int wanted = (multiprocessors * kBlocksEach + images - 1) / images;
  grid.chunk = (rows + wanted - 1) / wanted;
  if (grid.chunk < kLeastRowsOfLane * grid.lanes) grid.chunk = kLeastRowsOfLane * grid.lanes;
  grid.chunks = (rows + grid.chunk - 1) / grid.chunk;
  return grid;
}

/// Sums are taken of (x - the group's first number): a group that is nearly flat keeps its digits.
template <typename T>
REDRAW_DEVICE float shift_of(const GroupNormGrid& grid, const T* image, int group) {
  return Number<T>::to_float(image[group * grid.group_width()]);
}

/// Phase 1: each thread adds up its channels over its rows. shared [2][lanes][channels]: sums, sums of squares.
template <typename T, int kWide>
REDRAW_DEVICE void sum_rows(const GroupNormGrid& grid, const T* x, int image, int chunk, int thread, float* shared) {
  const T* const from = x + static_cast<std::int64_t>(image) * grid.rows * grid.channels;
  const int first = chunk * grid.chunk, end = first + grid.chunk < grid.rows ? first + grid.chunk : grid.rows;
  for (int slot = thread; slot < grid.lanes * grid.packs; slot += grid.threads) {
    const int lane = slot / grid.packs, channel = slot % grid.packs * kWide;
    float shift[kWide], sum[kWide], squares[kWide];
    REDRAW_UNROLL(unroll)
    for (int i = 0; i < kWide; ++i) {
      shift[i] = shift_of(grid, from, (channel + i) / grid.group_width());
      sum[i] = squares[i] = 0;
    }
    REDRAW_UNROLL(unroll 4)
    for (int row = first + lane; row < end; row += grid.lanes) {
      const Pack<T, kWide> pack = load<T, kWide>(from + static_cast<std::int64_t>(row) * grid.channels + channel);
      REDRAW_UNROLL(unroll)
      for (int i = 0; i < kWide; ++i) {
        const float d = Number<T>::to_float(pack.values[i]) - shift[i];
        sum[i] += d;
        squares[i] += d * d;
      }
    }
    REDRAW_UNROLL(unroll)
    for (int i = 0; i < kWide; ++i) {
      shared[lane * grid.channels + channel + i] = sum[i];
      shared[(grid.lanes + lane) * grid.channels + channel + i] = squares[i];
    }
  }
}

/// Phase 2: over the lanes, into the first lane's place.
REDRAW_DEVICE void sum_lanes(const GroupNormGrid& grid, int thread, float* shared) {
  for (int i = thread; i < 2 * grid.channels; i += grid.threads) {
    float* const column = shared + i / grid.channels * grid.lanes * grid.channels + i % grid.channels;
    float sum = column[0];
    for (int lane = 1; lane < grid.lanes; ++lane) sum += column[lane * grid.channels];
    column[0] = sum;
  }
}

/// Phase 3: over each group's channels. partial [images][chunks][2][groups].
REDRAW_DEVICE void sum_groups(const GroupNormGrid& grid, int image, int chunk, int thread, const float* shared,
                              float* partial) {
  float* const to = partial + (static_cast<std::int64_t>(image) * grid.chunks + chunk) * 2 * grid.groups;
  for (int i = thread; i < 2 * grid.groups; i += grid.threads) {
    const float* const from =
        shared + i / grid.groups * grid.lanes * grid.channels + i % grid.groups * grid.group_width();
    float sum = 0;
    for (int c = 0; c < grid.group_width(); ++c) sum += from[c];
    to[i] = sum;
  }
}

/// Second kernel, a block for each image, phase 1: each thread adds up a group's sums over some of the chunks. shared
/// [2][slices][groups]. In a fixed order, as all of it.
REDRAW_DEVICE void sum_chunks(const GroupNormGrid& grid, const float* partial, int image, int thread, double* shared) {
  const int slots = grid.slices() * grid.groups;
  const float* const from = partial + static_cast<std::int64_t>(image) * grid.chunks * 2 * grid.groups;
  for (int slot = thread; slot < slots; slot += grid.finish_threads()) {
    const float* const of_group = from + slot % grid.groups;
    double sum = 0, squares = 0;
    REDRAW_UNROLL(unroll 4)
    for (int chunk = slot / grid.groups; chunk < grid.chunks; chunk += grid.slices()) {
      sum += of_group[chunk * 2 * grid.groups];
      squares += of_group[(chunk * 2 + 1) * grid.groups];
    }
    shared[slot] = sum;
    shared[slots + slot] = squares;
  }
}

/// Phase 2, a thread for each group: moments [images][groups][2], mean and 1 / deviation.
template <typename T>
REDRAW_DEVICE void finish_moments(const GroupNormGrid& grid, const T* x, const double* shared, float eps, int image,
                                  int thread, float* moments) {
  for (int group = thread; group < grid.groups; group += grid.finish_threads()) {
    double sum = 0, squares = 0;
    for (int slice = 0; slice < grid.slices(); ++slice) {
      sum += shared[slice * grid.groups + group];
      squares += shared[(grid.slices() + slice) * grid.groups + group];
    }
    const double count = static_cast<double>(grid.rows) * grid.group_width(), mean = sum / count;
    const double variance = squares / count - mean * mean;
    const float shift = shift_of(grid, x + static_cast<std::int64_t>(image) * grid.rows * grid.channels, group);
    float* const to = moments + 2 * (image * grid.groups + group);
    to[0] = static_cast<float>(shift + mean);
    to[1] = static_cast<float>(1 / std::sqrt((variance > 0 ? variance : 0) + eps));
  }
}

/// Third kernel: y = (x - mean) / deviation * weight + bias, and SiLU; the grid of the first.
template <typename T, int kWide>
REDRAW_DEVICE void normalize(const GroupNormGrid& grid, const T* x, const T* weight, const T* bias,
                             const float* moments, bool with_silu, int image, int chunk, int thread, T* y) {
  const std::int64_t base = static_cast<std::int64_t>(image) * grid.rows * grid.channels;
  const int first = chunk * grid.chunk, end = first + grid.chunk < grid.rows ? first + grid.chunk : grid.rows;
  for (int slot = thread; slot < grid.lanes * grid.packs; slot += grid.threads) {
    const int lane = slot / grid.packs, channel = slot % grid.packs * kWide;
    const Pack<T, kWide> weights = load<T, kWide>(weight + channel), biases = load<T, kWide>(bias + channel);
    float mean[kWide], scale[kWide], add[kWide];
    REDRAW_UNROLL(unroll)
    for (int i = 0; i < kWide; ++i) {
      const Pack<float, 2> of_group =
          load<float, 2>(moments + 2 * (image * grid.groups + (channel + i) / grid.group_width()));
      mean[i] = of_group.values[0];
      scale[i] = of_group.values[1] * Number<T>::to_float(weights.values[i]);
      add[i] = Number<T>::to_float(biases.values[i]);
    }
    REDRAW_UNROLL(unroll 2)
    for (int row = first + lane; row < end; row += grid.lanes) {
      const std::int64_t at = base + static_cast<std::int64_t>(row) * grid.channels + channel;
      Pack<T, kWide> pack = load<T, kWide>(x + at);
      REDRAW_UNROLL(unroll)
      for (int i = 0; i < kWide; ++i) {
        const float value = (Number<T>::to_float(pack.values[i]) - mean[i]) * scale[i] + add[i];
        pack.values[i] = Number<T>::from_float(with_silu ? silu(value) : value);
      }
      store(y + at, pack);
    }
  }
}

// ---- One pass over packs that lie in a row ----

/// x [rows, 2D] -> y [rows, D] = value * gelu(gate); packs: of D.
template <typename T, int kWide>
REDRAW_DEVICE void geglu(const T* x, std::uint32_t rows, std::uint32_t packs, Place place, T* y) {
  for (std::uint32_t i = place.first; i < rows * packs; i += place.step) {
    const std::uint32_t row = i / packs;
    const T* const value_at = x + (static_cast<std::int64_t>(row) * packs + i) * kWide;  // row * 2D + column
    Pack<T, kWide> value = load<T, kWide>(value_at);
    const Pack<T, kWide> gate = load<T, kWide>(value_at + static_cast<std::int64_t>(packs) * kWide);
    REDRAW_UNROLL(unroll)
    for (int k = 0; k < kWide; ++k)
      value.values[k] =
          Number<T>::from_float(Number<T>::to_float(value.values[k]) * gelu(Number<T>::to_float(gate.values[k])));
    store(y + static_cast<std::int64_t>(i) * kWide, value);
  }
}

/// What is added to a map: bias [channels], and residual of the map's size or one for each image and channel; each may
/// be missing.
template <typename T>
struct Addends {
  const T* bias;
  const T* residual;
  bool residual_of_image;
};

/// h [images, rows, channels] += addends, rounded once. packs: of the channels.
template <typename T, int kWide>
REDRAW_DEVICE void add_to(T* h, Addends<T> addends, std::uint32_t images, std::uint32_t rows, std::uint32_t packs,
                          Place place) {
  for (std::uint32_t i = place.first; i < images * rows * packs; i += place.step) {
    const std::uint32_t channel = i % packs;
    Pack<T, kWide> pack = load<T, kWide>(h + static_cast<std::int64_t>(i) * kWide);
    float sum[kWide];
    REDRAW_UNROLL(unroll)
    for (int k = 0; k < kWide; ++k) sum[k] = Number<T>::to_float(pack.values[k]);
    if (addends.bias != nullptr) {
      const Pack<T, kWide> bias = load<T, kWide>(addends.bias + static_cast<std::int64_t>(channel) * kWide);
      REDRAW_UNROLL(unroll)
      for (int k = 0; k < kWide; ++k) sum[k] += Number<T>::to_float(bias.values[k]);
    }
    if (addends.residual != nullptr) {
      const std::uint32_t from = addends.residual_of_image ? i / (rows * packs) * packs + channel : i;
      const Pack<T, kWide> residual = load<T, kWide>(addends.residual + static_cast<std::int64_t>(from) * kWide);
      REDRAW_UNROLL(unroll)
      for (int k = 0; k < kWide; ++k) sum[k] += Number<T>::to_float(residual.values[k]);
    }
    REDRAW_UNROLL(unroll)
    for (int k = 0; k < kWide; ++k) pack.values[k] = Number<T>::from_float(sum[k]);
    store(h + static_cast<std::int64_t>(i) * kWide, pack);
  }
}

/// x [images, height, width] of packs -> each pixel four times; every input is read once. T: anything of the pack's
/// size.
template <typename T, int kWide>
REDRAW_DEVICE void double_pixels(const T* x, std::uint32_t pixels, std::uint32_t width, std::uint32_t packs,
                                 Place place, T* y) {
  for (std::uint32_t i = place.first; i < pixels * packs; i += place.step) {
    const std::uint32_t pixel = i / packs, pack = i % packs, line = pixel / width, column = pixel % width;
    const std::int64_t of_line = static_cast<std::int64_t>(2 * width) * packs;  // of the result
    const std::int64_t to = 2 * line * of_line + static_cast<std::int64_t>(2 * column) * packs + pack;
    const Pack<T, kWide> value = load<T, kWide>(x + static_cast<std::int64_t>(i) * kWide);
    for (const std::int64_t at : {to, to + packs, to + of_line, to + of_line + packs}) store(y + at * kWide, value);
  }
}

}  // namespace redraw::cuda
