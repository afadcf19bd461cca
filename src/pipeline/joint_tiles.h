// Joint denoising: one latent, seen by the model in overlapping tiles at every step.
#pragma once

#include <functional>

#include <ATen/core/Tensor.h>

namespace redraw {

/// The net's output over the whole latent as the weighted mean of its outputs over tiles; a tile counts most in its
/// middle (raised cosine), so that nothing of its borders is seen. Noise and sampler know no tiles.
///
/// x              [N, C, h, w]; the net may give another number of channels
/// tile, overlap  latent cells; tiles by grid_spans, no longer than the side; a tile as large as x is one call
/// per_call       tiles that the net gets at once, as [tiles x N, C, tile, tile]: all rows of a tile, then of the next
/// source         MultiDiffusion (Bar-Tal et al. 2023, arXiv 2302.08113), eq. 5 with weights
at::Tensor joint_tiles(const at::Tensor& x, int tile, int overlap, int per_call,
                       const std::function<at::Tensor(const at::Tensor& parts)>& net);

}  // namespace redraw
