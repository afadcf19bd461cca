// The fused layers on the CPU: maps with the channels last, f32 and bf16.
#include "nn/fused_cpu.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/fused_rows.h"
#include "nn/parallel.h"

namespace redraw {
namespace {

// Numbers of a map that one thread measures at a time, whatever the threads: results may not depend on them.
constexpr std::int64_t kPartNumbers = 65536, kMostParts = 64;
constexpr std::int64_t kGrain = 16384;  // numbers below which a second thread does not pay

bool is_ours(const at::Tensor& x) { return x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16; }

/// A picture's map as pixels [P, C], and what its channels are.
template <class Sample>
struct Map {
  const Sample* x;
  Sample* y;
  std::int64_t pixels, channels, groups;
};

/// Moments of each part of the pixels side by side: [parts, 2, C].
template <class Sample>
std::vector<double> part_moments(const Map<Sample>& map, std::int64_t parts) {
  const std::int64_t step = (map.pixels + parts - 1) / parts;
  std::vector<double> moments(static_cast<std::size_t>(parts * 2 * map.channels));
  at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> scratch(static_cast<std::size_t>(3 * map.channels));
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t from = std::min(i * step, map.pixels);
      double* const of_part = moments.data() + i * 2 * map.channels;
      channel_moments(map.x + from * map.channels, std::min(step, map.pixels - from), map.channels,
                      {of_part, of_part + map.channels}, scratch.data());
    }
  });
  return moments;
}

struct Moments {
  double count = 0, mean = 0, deviations = 0;
  void join(double n, double m, double d) {
    if (n == 0) return;
    const double delta = m - mean, total = count + n;
    mean += delta * n / total;
    deviations += d + delta * delta * count * n / total;
    count = total;
  }
};

/// [3, C]: mean, scale and shift of each channel.
template <class Sample>
std::vector<float> affine_of(const Map<Sample>& map, const float* weight, const float* bias, double eps) {
  const std::int64_t parts =
      std::clamp<std::int64_t>(map.pixels * map.channels / kPartNumbers, 1, std::min(kMostParts, map.pixels));
  const std::int64_t step = (map.pixels + parts - 1) / parts, per_group = map.channels / map.groups;
  const std::vector<double> moments = part_moments(map, parts);
  std::vector<float> affine(static_cast<std::size_t>(3 * map.channels));
  float *const mean = affine.data(), *const scale = mean + map.channels, *const shift = scale + map.channels;
  for (std::int64_t g = 0; g < map.groups; ++g) {
    Moments group;
    for (std::int64_t part = 0; part < parts; ++part) {
      const double* const of_part = moments.data() + part * 2 * map.channels;
      const auto count = static_cast<double>(std::clamp<std::int64_t>(map.pixels - part * step, 0, step));
      for (std::int64_t c = g * per_group; c < (g + 1) * per_group; ++c)
        group.join(count, of_part[c], of_part[map.channels + c]);
    }
    const double factor = 1 / std::sqrt(group.deviations / group.count + eps);
    for (std::int64_t c = g * per_group; c < (g + 1) * per_group; ++c) {
      mean[c] = static_cast<float>(group.mean);
      scale[c] = static_cast<float>(weight[c] * factor);
      // With what rounding the mean left.
      shift[c] = static_cast<float>(bias[c] + (mean[c] - group.mean) * weight[c] * factor);
    }
  }
  return affine;
}

template <class Sample>
void norm_map(const Map<Sample>& map, const float* weight, const float* bias, double eps, bool silu) {
  const std::vector<float> affine = affine_of(map, weight, bias, eps);
  const ChannelAffine values{affine.data(), affine.data() + map.channels, affine.data() + 2 * map.channels};
  at::parallel_for(
      0, map.pixels, std::max<std::int64_t>(1, kGrain / map.channels), [&](std::int64_t begin, std::int64_t end) {
        normalise(map.x + begin * map.channels, map.y + begin * map.channels, end - begin, map.channels, values, silu);
      });
}

template <class Sample>
void norm_all(const at::Tensor& x, at::Tensor& y, const at::Tensor& weight, const at::Tensor& bias, std::int64_t groups,
              double eps, bool silu) {
  const at::Tensor w = weight.to(at::kFloat).contiguous(), b = bias.to(at::kFloat).contiguous();
  const std::int64_t pixels = x.size(2) * x.size(3), channels = x.size(1), numbers = pixels * channels;
  for (std::int64_t n = 0; n < x.size(0); ++n) {
    const Map<Sample> map{static_cast<const Sample*>(x.const_data_ptr()) + n * numbers,
                          static_cast<Sample*>(y.mutable_data_ptr()) + n * numbers, pixels, channels, groups};
    norm_map(map, w.const_data_ptr<float>(), b.const_data_ptr<float>(), eps, silu);
  }
}

at::Tensor group_norm_cpu(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, std::int64_t groups,
                          double eps, bool silu) {
  if (!is_ours(x) || x.dim() != 4 || x.size(1) % kLaneCount != 0 || x.size(1) % groups != 0 || x.numel() == 0)
    return {};
  const at::Tensor dense = x.contiguous(at::MemoryFormat::ChannelsLast);
  at::Tensor y = at::empty(x.sizes(), x.options().memory_format(at::MemoryFormat::ChannelsLast));
  (x.scalar_type() == at::kFloat ? norm_all<float> : norm_all<Bf16Sample>)(dense, y, weight, bias, groups, eps, silu);
  return y;
}

template <class Sample>
void geglu_rows(const at::Tensor& x, at::Tensor& y) {
  const std::int64_t width = y.size(-1);
  const auto* const from = static_cast<const Sample*>(x.const_data_ptr());
  auto* const to = static_cast<Sample*>(y.mutable_data_ptr());
  at::parallel_for(0, y.numel() / width, std::max<std::int64_t>(1, kGrain / width),
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t i = begin; i < end; ++i)
                       geglu_row(from + 2 * i * width, from + (2 * i + 1) * width, to + i * width, width);
                   });
}

at::Tensor geglu_cpu(const at::Tensor& x) {
  if (!is_ours(x) || x.size(-1) % (2 * kLaneCount) != 0 || x.numel() == 0) return {};
  std::vector<std::int64_t> sizes = x.sizes().vec();
  sizes.back() /= 2;
  at::Tensor y = at::empty(sizes, x.options().memory_format(at::MemoryFormat::Contiguous));
  (x.scalar_type() == at::kFloat ? geglu_rows<float> : geglu_rows<Bf16Sample>)(x.contiguous(), y);
  return y;
}

}  // namespace

const FusedKernels& cpu_fused_kernels() {
  static constexpr FusedKernels kKernels{group_norm_cpu, geglu_cpu};
  return kKernels;
}

}  // namespace redraw
