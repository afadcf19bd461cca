// Seeded noise: one generator per picture, so that a picture never depends on its batch.
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

namespace redraw {

/// Unit normal noise as A1111 draws it with its option RNG: CPU (torch's mt19937 generator).
class ImageNoise {
 public:
  /// seeds  one per picture (its lower 32 bits count); shape  [C, h, w] of one picture
  ImageNoise(const std::vector<std::int64_t>& seeds, std::vector<std::int64_t> shape);
  /// The next draw of every picture's generator, [N, C, h, w] f32 on the CPU.
  at::Tensor next();
  const std::vector<std::int64_t>& seeds() const { return seeds_; }
  /// The first draw of a new generator for one picture, [C, h, w] f32 on the CPU.
  at::Tensor seeded(std::uint32_t seed) const;

 private:
  std::vector<std::int64_t> seeds_;
  std::vector<at::Generator> generators_;
  std::vector<std::int64_t> shape_;
};

/// A generator whose numbers are torch.manual_seed(seed)'s on the CPU; golden: ui/rng
at::Generator cpu_generator(std::int64_t seed);

}  // namespace redraw
