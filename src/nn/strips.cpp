// Feature maps of big pictures, worked through in strips of rows: the same numbers, with little memory.
#include "nn/strips.h"

#include <ATen/ATen.h>
#include <ATen/DeviceAccelerator.h>

#include <algorithm>

namespace redraw {
namespace {

constexpr std::int64_t kGroups = 32;

/// Mean and squared deviations of each group, joined strip by strip in double (Chan, Golub and LeVeque 1979).
struct Moments {
  double count = 0;
  at::Tensor mean, deviations;  // [groups] f64 on the CPU

  void add(const at::Tensor& strip) {  // [1, C, rows, W]
    const at::Tensor groups = strip.to(at::kFloat).contiguous().view({kGroups, -1});
    const auto [variance, average] = at::var_mean(groups, at::IntArrayRef{1}, 0);
    const double n = static_cast<double>(groups.size(1)), total = count + n;
    const at::Tensor m = average.to(at::kCPU, at::kDouble), d = variance.to(at::kCPU, at::kDouble) * n;
    if (count == 0) {
      mean = m;
      deviations = d;
    } else {
      const at::Tensor delta = m - mean;
      mean = mean + delta * (n / total);
      deviations = deviations + d + delta * delta * (count * n / total);
    }
    count = total;
  }
};

/// Whether a map of so many bytes leaves the device enough memory to compute strips in.
bool holds(const at::Device& device, std::int64_t bytes) {
  constexpr std::int64_t kForStrips = std::int64_t{3} << 30;
  return device.is_cpu() ||
         static_cast<std::int64_t>(at::accelerator::getMemoryInfo(device.index()).first) > bytes + kForStrips;
}

}  // namespace

RowSource Strips::stored(const at::Tensor& map) const {
  return {map.size(2), map.size(3), [map, device = device_](std::int64_t from, std::int64_t to) {
            return map.narrow(2, from, to - from).to(device);
          }};
}

RowSource Strips::doubled(const at::Tensor& map) const {
  const std::int64_t width = 2 * map.size(3);
  return {2 * map.size(2), width, [map, width, device = device_](std::int64_t from, std::int64_t to) {
            const std::int64_t first = from / 2, last = (to + 1) / 2;
            const at::Tensor rows = map.narrow(2, first, last - first).to(device);
            return upsample_nearest(rows, 2 * rows.size(2), width).narrow(2, from - 2 * first, to - from);
          }};
}

RowSource Strips::window(const RowSource& source, std::int64_t from, std::int64_t to) {
  const std::int64_t first = std::max<std::int64_t>(from - 1, 0), last = std::min(to + 1, source.height);
  const at::Tensor rows = source.rows(first, last);
  return {source.height, source.width, [rows, first](std::int64_t begin, std::int64_t end) {
            return rows.narrow(2, begin - first, end - begin);
          }};
}

RowSource Strips::conv(const RowSource& source, const Pointwise& f, const Conv& layer) const {
  return {source.height, source.width, [=](std::int64_t from, std::int64_t to) {
            const std::int64_t first = std::max<std::int64_t>(from - 1, 0), last = std::min(to + 1, source.height);
            const at::Tensor x = f(source.rows(first, last));
            const std::int64_t above = first - (from - 1), below = to + 1 - last;  // 0 or 1 row of padding
            return redraw::conv(at::constant_pad_nd(x, {1, 1, above, below}), {layer.weight, layer.bias, 1, 0});
          }};
}

RowSource Strips::halving_conv(const RowSource& source, const Conv& layer) const {
  return {source.height / 2, source.width / 2, [=](std::int64_t from, std::int64_t to) {
            const std::int64_t last = std::min(2 * to + 1, source.height);
            const at::Tensor x = source.rows(2 * from, last);
            return redraw::conv(at::constant_pad_nd(x, {0, 1, 0, 2 * to + 1 - last}), {layer.weight, layer.bias, 2, 0});
          }};
}

Pointwise Strips::norm_silu(const RowSource& source, const Norm& norm) const {
  Moments moments;
  each(source.height, source.width, [&](std::int64_t from, std::int64_t to) { moments.add(source.rows(from, to)); });
  const std::int64_t per_group = norm.weight.size(0) / kGroups;
  const auto per_channel = [&](const at::Tensor& groups) { return groups.repeat_interleave(per_group); };  // [C]
  const at::Tensor factor = per_channel((moments.deviations / moments.count + norm.eps).rsqrt());
  const at::Tensor scale = norm.weight.to(at::kCPU, at::kDouble) * factor;
  const at::Tensor shift = norm.bias.to(at::kCPU, at::kDouble) - per_channel(moments.mean) * scale;
  const auto placed = [&](const at::Tensor& values) { return values.to(device_, at::kFloat).view({1, -1, 1, 1}); };
  return [scale = placed(scale), shift = placed(shift)](const at::Tensor& x) {
    at::Tensor y = x.to(at::kFloat) * scale + shift;  // in f32, also where the map is of half the bits
    return at::silu_(y).to(x.scalar_type());
  };
}

void Strips::each(std::int64_t height, std::int64_t width,
                  const std::function<void(std::int64_t, std::int64_t)>& f) const {
  const std::int64_t rows = std::max<std::int64_t>(pixels_ / width, 1);
  for (std::int64_t from = 0; from < height; from += rows) f(from, std::min(from + rows, height));
}

at::Tensor Strips::new_map(const at::Tensor& rows, std::int64_t height) const {
  const std::int64_t bytes = rows.size(1) * height * rows.size(3) * static_cast<std::int64_t>(rows.element_size());
  return at::empty({1, rows.size(1), height, rows.size(3)},
                   rows.options().device(holds(device_, bytes) ? device_ : at::kCPU), at::MemoryFormat::ChannelsLast);
}

at::Tensor Strips::collect(const RowSource& source) const {
  at::Tensor map;
  each(source.height, source.width, [&](std::int64_t from, std::int64_t to) {
    const at::Tensor rows = source.rows(from, to);
    if (!map.defined()) map = new_map(rows, source.height);
    map.narrow(2, from, to - from).copy_(rows);
  });
  return map;
}

}  // namespace redraw
