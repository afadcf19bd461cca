// Seeded noise: one generator per picture, so that a picture never depends on its batch.
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include "redraw/image.h"
#include "redraw/recipe.h"

namespace redraw {

/// Unit normal numbers from one seed, draw by draw, the same on every device.
class NormalStream {
 public:
  /// seed  cpu: its lower 32 bits count; nv: all 64
  NormalStream(Rng rng, std::int64_t seed);
  /// f32 on the CPU. golden: ui/rng
  at::Tensor next(at::IntArrayRef shape);

 private:
  std::uint64_t seed_;
  at::Generator cpu_;  // undefined: nv
  std::uint32_t draws_ = 0;
};

/// How the noise of a run is drawn, beside the seeds.
struct NoiseRules {
  Rng rng = Rng::kCpu;
  double variation_strength = 0;  // share of the variation seed's noise in the first draw
  Size resize_from = {};          // px of the picture whose composition is kept; a side of 0: none
  std::int64_t ensd = 0;          // added to the seeds of all draws but the first
};

/// Noise as A1111 draws it for the pictures of a batch.
/// source A1111 1.10 rng.ImageRNG; golden: ui/image_rng
class ImageNoise {
 public:
  /// seeds            one per picture
  /// shape            [C, h, w] of one picture
  /// variation_seeds  one per picture; 0 stands for one that is missing
  ImageNoise(std::vector<std::int64_t> seeds, std::vector<std::int64_t> shape, NoiseRules rules = {},
             std::vector<std::int64_t> variation_seeds = {});
  /// The next draw of every picture's generator, [N, C, h, w] f32 on the CPU; the first one knows
  /// variation and resizing.
  at::Tensor next();
  const std::vector<std::int64_t>& seeds() const { return seeds_; }
  /// The first draw of a new generator for one picture, [C, h, w] f32 on the CPU.
  at::Tensor seeded(std::uint32_t seed) const;

 private:
  void start(std::int64_t delta);
  at::Tensor first_of(std::size_t picture);
  std::vector<std::int64_t> drawn_shape() const;

  std::vector<std::int64_t> seeds_, variation_seeds_, shape_;
  NoiseRules rules_;
  std::vector<NormalStream> streams_;
  bool is_first_ = true;
};

/// Spherical interpolation from low (share 0) to high, [C, h, w]. Directions are those of the columns
/// over h, as A1111 has them, not of the whole; where all but agree, low * share + high * (1 - share).
/// source A1111 1.10 rng.slerp; golden: ui/rng slerp_0
at::Tensor slerp(double share, const at::Tensor& low, const at::Tensor& high);

/// A generator whose numbers are torch.manual_seed(seed)'s on the CPU; golden: ui/rng
at::Generator cpu_generator(std::int64_t seed);

}  // namespace redraw
