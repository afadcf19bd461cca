// The kernels of the CUDA plugin: grids and launches around kernel_logic.
#include "cuda/kernels.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <limits>

#include "cuda/kernel_logic.h"

namespace redraw::cuda {

template <>
struct Number<float> {
  static REDRAW_DEVICE float to_float(float x) { return x; }
  static REDRAW_DEVICE float from_float(float x) { return x; }
};
template <>
struct Number<__half> {
  static REDRAW_DEVICE float to_float(__half x) { return __half2float(x); }
  static REDRAW_DEVICE __half from_float(float x) { return __float2half_rn(x); }
};
template <>
struct Number<__nv_bfloat16> {
  static REDRAW_DEVICE float to_float(__nv_bfloat16 x) { return __bfloat162float(x); }
  static REDRAW_DEVICE __nv_bfloat16 from_float(float x) { return __float2bfloat16_rn(x); }
};

namespace {

constexpr int kFlatThreads = 256, kBlocksOfMultiprocessor = 16, kMostGroupNormThreads = 512;

__device__ Place flat_place() { return {blockIdx.x * blockDim.x + threadIdx.x, gridDim.x * blockDim.x}; }

template <typename T, int kWide>
__global__ void __launch_bounds__(kMostGroupNormThreads, 2)
    sum_kernel(GroupNormGrid grid, const T* __restrict__ x, float* __restrict__ partial) {
  extern __shared__ float shared[];
  const int chunk = static_cast<int>(blockIdx.x), image = static_cast<int>(blockIdx.y),
            thread = static_cast<int>(threadIdx.x);
  sum_rows<T, kWide>(grid, x, image, chunk, thread, shared);
  __syncthreads();
  sum_lanes(grid, thread, shared);
  __syncthreads();
  sum_groups(grid, image, chunk, thread, shared, partial);
}

template <typename T>
__global__ void __launch_bounds__(GroupNormGrid::kMostFinishThreads, 1)
    finish_kernel(GroupNormGrid grid, const T* __restrict__ x, const float* __restrict__ partial, float eps,
                  float* __restrict__ moments) {
  extern __shared__ double sums[];
  const int image = static_cast<int>(blockIdx.x), thread = static_cast<int>(threadIdx.x);
  sum_chunks(grid, partial, image, thread, sums);
  __syncthreads();
  finish_moments(grid, x, sums, eps, image, thread, moments);
}

template <typename T, int kWide>
__global__ void __launch_bounds__(kMostGroupNormThreads, 2)
    normalize_kernel(GroupNormGrid grid, const T* __restrict__ x, const T* __restrict__ weight,
                     const T* __restrict__ bias, const float* __restrict__ moments, bool with_silu, T* __restrict__ y) {
  normalize<T, kWide>(grid, x, weight, bias, moments, with_silu, static_cast<int>(blockIdx.y),
                      static_cast<int>(blockIdx.x), static_cast<int>(threadIdx.x), y);
}

template <typename T, int kWide>
__global__ void geglu_kernel(const T* __restrict__ x, std::uint32_t rows, std::uint32_t packs, T* __restrict__ y) {
  geglu<T, kWide>(x, rows, packs, flat_place(), y);
}

template <typename T, int kWide>
__global__ void add_kernel(T* h, Addends<T> addends, std::uint32_t images, std::uint32_t rows, std::uint32_t packs) {
  add_to<T, kWide>(h, addends, images, rows, packs, flat_place());
}

template <typename T, int kWide>
__global__ void double_kernel(const T* __restrict__ x, std::uint32_t pixels, std::uint32_t width, std::uint32_t packs,
                              T* __restrict__ y) {
  double_pixels<T, kWide>(x, pixels, width, packs, flat_place(), y);
}

constexpr int kAccess = 16;  // bytes

bool aligned(std::initializer_list<const void*> addresses) {
  for (const void* address : addresses)
    if (reinterpret_cast<std::uintptr_t>(address) % kAccess != 0) return false;
  return true;
}

template <typename T, int kWide>
struct Access {
  using Type = T;
  static constexpr int kNumbers = kWide;
};

/// f(Access) with the type of the format, and packs where `side` is a multiple of them and no address stands off. (In
/// C++17: CMake 3.25 does not know nvcc 13's C++20.)
template <typename T, typename F>
int with_width(std::int64_t side, bool can_pack, F f) {
  constexpr int kWide = kAccess / static_cast<int>(sizeof(T));
  if (can_pack && side % kWide == 0) f(Access<T, kWide>());
  else f(Access<T, 1>());
  return static_cast<int>(cudaGetLastError());
}

template <typename F>
int with_types(Format format, std::int64_t side, bool can_pack, F f) {
  switch (format) {
    case Format::kF16: return with_width<__half>(side, can_pack, f);
    case Format::kBf16: return with_width<__nv_bfloat16>(side, can_pack, f);
    case Format::kF32: break;
  }
  return with_width<float>(side, can_pack, f);
}

unsigned flat_blocks(std::int64_t packs, const Launch& launch) {
  const std::int64_t needed = (packs + kFlatThreads - 1) / kFlatThreads,
                     most = static_cast<std::int64_t>(launch.multiprocessors) * kBlocksOfMultiprocessor;
  return static_cast<unsigned>(needed < most ? needed : most);
}

cudaStream_t stream_of(const Launch& launch) { return static_cast<cudaStream_t>(launch.stream); }

bool packs_group_norm(const GroupNormCall& call) { return aligned({call.x, call.y, call.weight, call.bias}); }

template <typename T, int kWide>
void run_group_norm(const GroupNormCall& call, float* partial, const Launch& launch) {
  const Map& map = call.map;
  const GroupNormGrid grid =
      group_norm_grid(map.images, map.rows, map.channels, call.groups, kWide, launch.multiprocessors);
  float* const moments = partial + static_cast<std::int64_t>(grid.images) * grid.chunks * 2 * grid.groups;
  const dim3 blocks(static_cast<unsigned>(grid.chunks), static_cast<unsigned>(grid.images));
  const auto threads = static_cast<unsigned>(grid.threads);
  const auto* const x = static_cast<const T*>(call.x);
  const std::size_t shared = static_cast<std::size_t>(grid.shared_floats()) * sizeof(float);
  sum_kernel<T, kWide><<<blocks, threads, shared, stream_of(launch)>>>(grid, x, partial);
  finish_kernel<T><<<static_cast<unsigned>(grid.images), static_cast<unsigned>(grid.finish_threads()),
                     static_cast<std::size_t>(grid.finish_doubles()) * sizeof(double), stream_of(launch)>>>(
      grid, x, partial, call.eps, moments);
  normalize_kernel<T, kWide><<<blocks, threads, 0, stream_of(launch)>>>(grid, x, static_cast<const T*>(call.weight),
                                                                        static_cast<const T*>(call.bias), moments,
                                                                        call.silu, static_cast<T*>(call.y));
}

}  // namespace

bool fits_flat(std::int64_t numbers) { return numbers <= std::numeric_limits<std::int32_t>::max(); }

std::size_t group_norm_workspace(const GroupNormCall& call, int multiprocessors) {
  std::size_t floats = 0;
  const Map& map = call.map;
  with_types(call.format, map.channels, packs_group_norm(call), [&](auto access) {
    const GroupNormGrid grid =
        group_norm_grid(map.images, map.rows, map.channels, call.groups, access.kNumbers, multiprocessors);
    if (grid.threads != 0)
      floats = static_cast<std::size_t>(grid.images) * static_cast<std::size_t>(grid.chunks + 1) * 2 *
               static_cast<std::size_t>(grid.groups);
  });
  return floats * sizeof(float);
}

int group_norm(const GroupNormCall& call, void* workspace, Launch launch) {
  return with_types(call.format, call.map.channels, packs_group_norm(call), [&](auto access) {
    run_group_norm<typename decltype(access)::Type, access.kNumbers>(call, static_cast<float*>(workspace), launch);
  });
}

int geglu(Format format, const void* x, std::int64_t rows, std::int64_t width, void* y, Launch launch) {
  return with_types(format, width, aligned({x, y}), [&](auto access) {
    using T = typename decltype(access)::Type;
    constexpr int kWide = access.kNumbers;
    const std::int64_t packs = width / kWide;
    geglu_kernel<T, kWide><<<flat_blocks(rows * packs, launch), kFlatThreads, 0, stream_of(launch)>>>(
        static_cast<const T*>(x), static_cast<std::uint32_t>(rows), static_cast<std::uint32_t>(packs),
        static_cast<T*>(y));
  });
}

int add_bias_residual(Format format, const Map& map, void* h, const void* bias, const void* residual,
                      bool residual_of_image, Launch launch) {
  return with_types(format, map.channels, aligned({h, bias, residual}), [&](auto access) {
    using T = typename decltype(access)::Type;
    constexpr int kWide = access.kNumbers;
    const int packs = map.channels / kWide;
    const Addends<T> addends{static_cast<const T*>(bias), static_cast<const T*>(residual), residual_of_image};
    const std::int64_t all = static_cast<std::int64_t>(map.images) * map.rows * packs;
    add_kernel<T, kWide><<<flat_blocks(all, launch), kFlatThreads, 0, stream_of(launch)>>>(
        static_cast<T*>(h), addends, static_cast<std::uint32_t>(map.images), static_cast<std::uint32_t>(map.rows),
        static_cast<std::uint32_t>(packs));
  });
}

int upsample_2x(Format format, const Map& map, int width, const void* x, void* y, Launch launch) {
  return with_types(format, map.channels, aligned({x, y}), [&](auto access) {
    using T = typename decltype(access)::Type;
    constexpr int kWide = access.kNumbers;
    const int packs = map.channels / kWide;
    const std::int64_t pixels = static_cast<std::int64_t>(map.images) * map.rows;
    double_kernel<T, kWide><<<flat_blocks(pixels * packs, launch), kFlatThreads, 0, stream_of(launch)>>>(
        static_cast<const T*>(x), static_cast<std::uint32_t>(pixels), static_cast<std::uint32_t>(width),
        static_cast<std::uint32_t>(packs), static_cast<T*>(y));
  });
}

}  // namespace redraw::cuda
