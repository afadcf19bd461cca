// Guidance beyond cond and uncond: calls that leave uncond out, and rescaling.
#pragma once

#include "sampling/denoiser.h"

namespace redraw {

/// Why a call of the net is made without the negative prompt.
enum class UncondRule { kKept, kLowSigma, kEarly };

/// skip_early_cond: the calls up to and including that share of all. s_min_uncond: every second call below that
/// sigma (of samplers by timestep: below that t), or all of them.
///
/// call   of the net, from 0
/// total  calls of the run as A1111 counts them: t_enc + 1, twice that for samplers of two calls a step
/// source A1111 1.10 CFGDenoiser.forward; golden: ui/cfg forward_06_ngms_odd to forward_12_skip_early_over
UncondRule uncond_rule(const Guidance& guidance, double sigma_or_t, int call, int total);

/// What each picture's first part says, [N, C, h, w]: it stands for uncond where that is left out.
at::Tensor first_parts(const at::Tensor& cond, const PartWeights& weights);

/// guided, faded by guidance.rescale towards the spread that the net's own answer has, picture by picture.
/// source Lin et al. 2023 (arXiv 2305.08891), section 3.4; diffusers' rescale_noise_cfg
at::Tensor rescaled(const at::Tensor& guided, const NetOutputs& outputs, const Guidance& guidance);

}  // namespace redraw
