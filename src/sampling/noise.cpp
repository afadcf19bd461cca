// Seeded noise: one generator per picture, so that a picture never depends on its batch.
#include "sampling/noise.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

namespace redraw {

at::Generator cpu_generator(std::int64_t seed) {
  return at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(seed));
}

ImageNoise::ImageNoise(const std::vector<std::int64_t>& seeds, std::vector<std::int64_t> shape) : seeds_(seeds), shape_(std::move(shape)) {
  for (const std::int64_t seed : seeds) generators_.push_back(cpu_generator(seed));
}

at::Tensor ImageNoise::next() {
  std::vector<at::Tensor> rows;
  for (const at::Generator& generator : generators_) rows.push_back(at::randn(shape_, generator, at::kFloat));
  return at::stack(rows);
}

at::Tensor ImageNoise::seeded(std::uint32_t seed) const { return at::randn(shape_, cpu_generator(seed), at::kFloat); }

}  // namespace redraw
