// Seeded noise: one generator per picture, so that a picture never depends on its batch.
#include "sampling/noise.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>

#include "sampling/philox.h"

namespace redraw {
namespace {

constexpr std::int64_t kStride = 8;         // px of a latent cell in A1111's seed resizing, whatever the model
constexpr double kNearlyParallel = 0.9995;  // mean cosine from which on directions tell nothing

std::int64_t floor_half(std::int64_t difference) { return difference >= 0 ? difference / 2 : (difference - 1) / 2; }

/// Where a centred side of the length `own` lies in one of `wanted`: cut by the same at both ends.
struct Overlap {
  std::int64_t from, to, length;
};
Overlap centred(std::int64_t own, std::int64_t wanted) {
  const std::int64_t offset = floor_half(wanted - own);
  return {std::max<std::int64_t>(-offset, 0), std::max<std::int64_t>(offset, 0),
          own + 2 * std::min<std::int64_t>(offset, 0)};
}

void paste_centred(const at::Tensor& noise, at::Tensor& onto) {
  const Overlap y = centred(noise.size(1), onto.size(1)), x = centred(noise.size(2), onto.size(2));
  onto.narrow(1, y.to, y.length)
      .narrow(2, x.to, x.length)
      .copy_(noise.narrow(1, y.from, y.length).narrow(2, x.from, x.length));
}

}  // namespace

at::Generator cpu_generator(std::int64_t seed) {
  return at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(seed));
}

NormalStream::NormalStream(Rng rng, std::int64_t seed) : seed_(static_cast<std::uint64_t>(seed)) {
  if (rng == Rng::kCpu) cpu_ = cpu_generator(seed);
}

at::Tensor NormalStream::next(at::IntArrayRef shape) {
  if (cpu_.defined()) return at::randn(shape, cpu_, at::kFloat);
  at::Tensor values = at::empty(shape, at::kFloat);
  philox_normal(seed_, draws_++, {values.mutable_data_ptr<float>(), static_cast<std::size_t>(values.numel())});
  return values;
}

ImageNoise::ImageNoise(std::vector<std::int64_t> seeds, std::vector<std::int64_t> shape, NoiseRules rules,
                       std::vector<std::int64_t> variation_seeds)
    : seeds_(std::move(seeds)), variation_seeds_(std::move(variation_seeds)), shape_(std::move(shape)), rules_(rules) {
  variation_seeds_.resize(seeds_.size(), 0);
  start(0);
}

void ImageNoise::start(std::int64_t delta) {
  streams_.clear();
  for (const std::int64_t seed : seeds_) streams_.emplace_back(rules_.rng, seed + delta);
}

std::vector<std::int64_t> ImageNoise::drawn_shape() const {
  const Size from = rules_.resize_from;
  if (from.width <= 0 || from.height <= 0) return shape_;
  return {shape_[0], from.height / kStride, from.width / kStride};
}

at::Tensor ImageNoise::first_of(std::size_t i) {
  const std::vector<std::int64_t> drawn = drawn_shape();
  const bool resized = drawn != shape_;
  at::Tensor noise = resized ? NormalStream(rules_.rng, seeds_[i]).next(drawn) : streams_[i].next(shape_);
  if (rules_.variation_strength != 0)
    noise = slerp(rules_.variation_strength, noise, NormalStream(rules_.rng, variation_seeds_[i]).next(drawn));
  if (!resized) return noise;
  at::Tensor whole = streams_[i].next(shape_);
  paste_centred(noise, whole);
  return whole;
}

at::Tensor ImageNoise::next() {
  std::vector<at::Tensor> rows;
  for (std::size_t i = 0; i < streams_.size(); ++i) rows.push_back(is_first_ ? first_of(i) : streams_[i].next(shape_));
  if (is_first_ && rules_.ensd != 0) start(rules_.ensd);
  is_first_ = false;
  return at::stack(rows);
}

at::Tensor ImageNoise::seeded(std::uint32_t seed) const { return NormalStream(rules_.rng, seed).next(shape_); }

at::Tensor slerp(double share, const at::Tensor& low, const at::Tensor& high) {
  const auto unit = [](const at::Tensor& x) { return x / at::linalg_vector_norm(x, 2, at::IntArrayRef{1}, true); };
  const at::Tensor cosine = (unit(low) * unit(high)).sum(1, true);  // [C, 1, w]
  if (cosine.mean().item<double>() > kNearlyParallel) return low * share + high * (1 - share);
  const at::Tensor angle = at::acos(cosine), sine = at::sin(angle);
  return (at::sin((1 - share) * angle) / sine) * low + (at::sin(share * angle) / sine) * high;
}

}  // namespace redraw
