// Soft inpainting in the latent: original and new are blended by length and direction at every step.
#pragma once

#include <ATen/core/Tensor.h>

#include "redraw/recipe.h"

namespace redraw {

/// nmask ^ (sigma ^ schedule_bias x preservation_strength); DDIM's kin give t instead of sigma.
/// source A1111 1.10 soft_inpainting.get_modified_nmask; golden: ui/soft modified_nmask
at::Tensor modified_nmask(const SoftInpainting& soft, const at::Tensor& nmask, double sigma_or_t);

/// original where t is 0, current where it is 1, both [N, C, h, w] f32; t [N, 1, h, w]. The length over the
/// channels is blended apart, so that a mix does not fade.
/// source A1111 1.10 soft_inpainting.latent_blend; golden: ui/soft latent_blend
at::Tensor latent_blend(const SoftInpainting& soft, const at::Tensor& original, const at::Tensor& current,
                        const at::Tensor& t);

}  // namespace redraw
