// 3 x 3 convolutions on the CPU by Winograd's algorithm: a quarter of the products, exact but for rounding.
#include "nn/winograd.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "nn/parallel.h"
#include "nn/processor.h"

namespace redraw::winograd {
namespace {

constexpr std::int64_t kLeastTiles = 16;        // of a picture
constexpr std::int64_t kMostWeights = 1 << 24;  // numbers: turned weights that are held at a time,
constexpr std::int64_t kMostTiles = 1 << 26;    // and turned tiles of all threads
constexpr std::int64_t kFewTiles = 192;
constexpr std::int64_t kFewChannels = 256, kSomeChannels = 640;
constexpr std::int64_t kLatents = 128 * 128;  // pixels of a map; larger ones are a VAE's or an upscaler's

const WinogradKernel* find_kernel(bool bf16, int tile) {
  if (bf16 && multiplies_tiles()) return nullptr;  // AMX has more products than this saves
  const WinogradKernel* wide = winograd_kernel_avx512(bf16, tile);
  return wide != nullptr ? wide : winograd_kernel_avx2(bf16, tile);
}

/// Products of one picture, per channel and output.
std::int64_t products_of(const WinogradKernel& kernel, std::int64_t height, std::int64_t width) {
  const auto tiles = [&](std::int64_t side) { return (side + kernel.tile - 1) / kernel.tile; };
  return tiles(height) * tiles(width) * (kernel.tile + 2) * (kernel.tile + 2);
}

/// The larger tile where it has fewer products, in spite of what it makes outside the map. In f32 it rounds four times
/// as roughly as the smaller one: pixels do not show that, latents are kept from it.
const WinogradKernel* kernel_for(const at::Tensor& x, std::int64_t padding) {
  static const WinogradKernel* const kernels[2][2] = {{find_kernel(false, 4), find_kernel(false, 6)},
                                                      {find_kernel(true, 4), find_kernel(true, 6)}};
  const bool bf16 = x.scalar_type() == at::kBFloat16;
  if (!x.device().is_cpu() || (!bf16 && x.scalar_type() != at::kFloat)) return nullptr;
  const auto [small, large] = kernels[bf16];
  const std::int64_t height = x.size(2) + 2 * padding - 2, width = x.size(3) + 2 * padding - 2;
  if (small == nullptr || (!bf16 && height * width <= kLatents)) return small;
  return products_of(*large, height, width) < products_of(*small, height, width) ? large : small;
}

/// What one call works with.
struct Work {
  const WinogradKernel& kernel;
  const WinogradJob& job;
  std::int64_t panel_size() const { return kernel.panel_size(job); }
  std::int64_t tiles() const { return job.tiles(kernel.tile); }
};

float* numbers_of(const at::Tensor& buffer) { return buffer.mutable_data_ptr<float>(); }

/// Where maps are small the weights are most of the memory: each thread turns those of a panel, uses them for all tiles
/// and forgets them before they leave its cache.
void by_panels(const Work& work) {
  const auto& [kernel, job] = work;
  const std::int64_t tiles = work.tiles(), panel_size = work.panel_size(),
                     own_size = panel_size + kernel.tiles_size(tiles, kWinogradPanel);
  const at::Tensor turned = at::empty({kernel.tiles_size(tiles, job.channels)}),
                   own = at::empty({at::get_num_threads(), own_size});
  at::parallel_for(0, tiles, 4, [&](std::int64_t begin, std::int64_t end) {
    kernel.turn_tiles(job, {0, tiles, 0, 0}, begin, end, numbers_of(turned));
  });
  at::parallel_for(0, job.outputs / kWinogradPanel, 1, [&](std::int64_t begin, std::int64_t end) {
    float* const panel = numbers_of(own) + at::get_thread_num() * own_size;
    for (std::int64_t i = begin; i < end; ++i) {
      kernel.turn_panel(job, i * kWinogradPanel, panel);
      kernel.multiply(job, {0, tiles, i * kWinogradPanel, kWinogradPanel}, panel, numbers_of(turned),
                      panel + panel_size);
    }
  });
}

/// So many that the turned weights, which each part reads, and the part itself cost about as much of the cache's time.
std::int64_t tiles_at_once(const Work& work, std::int64_t outputs) {
  const std::int64_t channels = work.job.channels + outputs, threads = at::get_num_threads(),
                     side = work.kernel.tile + 2;
  const std::int64_t good = (channels <= kFewChannels    ? 24
                             : channels <= kSomeChannels ? 48
                                                         : 96) /
                            (work.kernel.tile == 6 ? 2 : 1);
  const std::int64_t most = std::clamp<std::int64_t>(kMostTiles / (side * side * channels * threads), 12, good);
  const std::int64_t parts = (work.tiles() + most - 1) / most;
  const std::int64_t even = (parts + threads - 1) / threads * threads;
  return std::max<std::int64_t>(4, (work.tiles() + even - 1) / even);
}

/// Where maps are large: all weights are turned once, then each thread makes some tiles at a time.
void by_tiles(const Work& work, std::int64_t first_output, std::int64_t outputs) {
  const auto& [kernel, job] = work;
  const std::int64_t panel_size = work.panel_size(), panels = outputs / kWinogradPanel, tiles = work.tiles(),
                     most = tiles_at_once(work, outputs);
  const std::int64_t turned_size = kernel.tiles_size(most, job.channels),
                     own_size = turned_size + kernel.tiles_size(most, outputs);
  const at::Tensor weights = at::empty({panels, panel_size}), own = at::empty({at::get_num_threads(), own_size});
  at::parallel_for(0, panels, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      kernel.turn_panel(job, first_output + i * kWinogradPanel, numbers_of(weights) + i * panel_size);
  });
  at::parallel_for(0, (tiles + most - 1) / most, 1, [&](std::int64_t begin, std::int64_t end) {
    float* const turned = numbers_of(own) + at::get_thread_num() * own_size;
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t first = i * most, next = i + 1 < end ? std::min(most, tiles - first - most) : 0;
      const WinogradPart part{first, std::min(most, tiles - first), first_output, outputs, next};
      kernel.turn_tiles(job, part, 0, part.tiles, turned);
      kernel.multiply(job, part, numbers_of(weights), turned, turned + turned_size);
    }
  });
}

void run(const Work& work) {
  const WinogradJob& job = work.job;
  if (work.tiles() <= kFewTiles && job.outputs / kWinogradPanel >= at::get_num_threads()) return by_panels(work);
  const std::int64_t some = std::max<std::int64_t>(kMostWeights / work.panel_size(), 4) * kWinogradPanel;
  for (std::int64_t first = 0; first < job.outputs; first += some)
    by_tiles(work, first, std::min(some, job.outputs - first));
}

/// Samples from one pixel to the next where the channels of each lie side by side and the pixels evenly; else 0.
std::int64_t pixel_step(const at::Tensor& map) {
  const std::int64_t step = map.size(3) > 1 ? map.stride(3) : map.size(2) > 1 ? map.stride(2) : map.size(1);
  const auto even = [&](std::int64_t dim, std::int64_t wanted) {
    return map.size(dim) == 1 || map.stride(dim) == wanted;
  };
  const bool fits =
      even(1, 1) && step >= map.size(1) && even(2, map.size(3) * step) && even(0, map.size(2) * map.size(3) * step);
  return fits ? step : 0;
}

void describe_add(const at::Tensor& add, WinogradJob& job) {
  const bool spread = add.size(2) * add.size(3) == 1 && job.out_height() * job.out_width() > 1;
  job.add = add.const_data_ptr();
  job.add_pixel = spread ? 0 : job.outputs;
  job.add_picture = spread ? job.outputs : job.outputs * job.out_height() * job.out_width();
}

}  // namespace

bool pays(const at::Tensor& x, at::IntArrayRef weight, std::int64_t stride, std::int64_t padding) {
  if (stride != 1 || padding > 1 || x.dim() != 4 || weight.size() != 4 || weight[2] != 3 || weight[3] != 3)
    return false;
  if (weight[0] % kWinogradPanel != 0 || weight[1] % 16 != 0 || x.size(0) == 0) return false;
  const std::int64_t tiles = ((x.size(2) + 2 * padding + 1) / 4) * ((x.size(3) + 2 * padding + 1) / 4);
  return tiles >= kLeastTiles && kernel_for(x, padding) != nullptr;
}

at::Tensor pack(const at::Tensor& weight) {
  return weight.unflatten(0, {weight.size(0) / kWinogradPanel, kWinogradPanel}).permute({0, 2, 3, 4, 1}).contiguous();
}

at::Tensor unpack(const at::Tensor& packed) { return packed.permute({0, 4, 1, 2, 3}).flatten(0, 1).contiguous(); }

at::Tensor conv(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias, std::int64_t padding,
                const Finish& finish) {
  return conv_by(*kernel_for(x, padding), x, packed, bias, padding, finish);
}

at::Tensor conv_by(const WinogradKernel& kernel, const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias,
                   std::int64_t padding, const Finish& finish) {
  const at::Tensor map = pixel_step(x) != 0 ? x : x.contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor shift = bias.defined() ? bias.to(at::kFloat).contiguous() : bias;
  const at::Tensor add = finish.add.defined() ? finish.add.contiguous(at::MemoryFormat::ChannelsLast) : finish.add;
  WinogradJob job;
  job.pictures = x.size(0), job.height = x.size(2), job.width = x.size(3), job.padding = padding;
  job.channels = x.size(1), job.outputs = packed.size(0) * kWinogradPanel;
  const bool has_place = finish.into.defined() && pixel_step(finish.into) != 0;
  const at::Tensor y = has_place ? finish.into
                                 : at::empty({job.pictures, job.outputs, job.out_height(), job.out_width()},
                                             x.options().memory_format(at::MemoryFormat::ChannelsLast));
  job.x = map.const_data_ptr(), job.weight = packed.const_data_ptr(), job.y = y.mutable_data_ptr();
  job.x_pixel = pixel_step(map), job.y_pixel = pixel_step(y);
  if (shift.defined()) job.bias = shift.const_data_ptr<float>();
  if (add.defined()) describe_add(add, job);
  if (finish.leaky) job.slope = static_cast<float>(*finish.leaky);
  run({kernel, job});
  return y;
}

}  // namespace redraw::winograd
