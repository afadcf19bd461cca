// Soft inpainting in the latent: original and new are blended by length and direction at every step.
#include "sampling/soft_blend.h"

#include <ATen/ATen.h>

#include <cmath>

namespace redraw {
namespace {

at::Tensor length(const at::Tensor& x) {
  return at::linalg_vector_norm(x, 2, at::IntArrayRef{1}, true).to(at::kDouble);
}  // [N, 1, h, w]

}  // namespace

at::Tensor modified_nmask(const SoftInpainting& soft, const at::Tensor& nmask, double sigma_or_t) {
  return at::pow(nmask, std::pow(sigma_or_t, soft.schedule_bias) * soft.preservation_strength);
}

at::Tensor latent_blend(const SoftInpainting& soft, const at::Tensor& original, const at::Tensor& current,
                        const at::Tensor& t) {
  const at::Tensor mixed = original * (1 - t) + current * t;
  const double power = soft.transition_contrast_boost;
  const at::Tensor wanted = (length(original).pow(power) * (1 - t) + length(current).pow(power) * t).pow(1 / power);
  return mixed * (wanted / (length(mixed) + 0.00001)).to(mixed.scalar_type());
}

}  // namespace redraw
