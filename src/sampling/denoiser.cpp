// One model call as a sampler sees it: scaling, guidance, masked blend.
#include "sampling/denoiser.h"

#include <ATen/ATen.h>

#include <cmath>

#include "redraw/error.h"
#include "sampling/soft_blend.h"

namespace redraw {
namespace {

/// Net output at sigma -> denoised (k-diffusion's external.py).
at::Tensor to_denoised(const at::Tensor& output, const at::Tensor& x, double sigma, bool v) {
  if (!v) return x - output * sigma;
  const double variance = sigma * sigma + 1;
  return x / variance - output * (sigma / std::sqrt(variance));
}

/// LCM's boundary condition: at t 0 x itself, soon after that what the net denoised; a v model is read as eps.
/// source A1111 1.10 LCMCompVisDenoiser
at::Tensor to_lcm_denoised(const at::Tensor& output, const at::Tensor& x, double sigma, double t) {
  constexpr double kDataDeviation = 0.5, kTimeScale = 10;
  const double scaled = t * kTimeScale, variance = scaled * scaled + kDataDeviation * kDataDeviation;
  return (x - output * sigma) * (scaled / std::sqrt(variance)) + x * (kDataDeviation * kDataDeviation / variance);
}

}  // namespace

at::Tensor guide(const NetOutputs& outputs, const Guidance& guidance) {
  if (guidance.weights.empty()) return outputs.uncond + (outputs.cond - outputs.uncond) * guidance.cfg_scale;
  at::Tensor result = outputs.uncond.clone();
  std::int64_t row = 0;
  for (std::size_t i = 0; i < guidance.weights.size(); ++i) {
    const auto picture = static_cast<std::int64_t>(i);
    for (const double weight : guidance.weights[i])
      result[picture] += (outputs.cond[row++] - outputs.uncond[picture]) * (weight * guidance.cfg_scale);
  }
  REDRAW_CHECK(row == outputs.cond.size(0), "as many outputs as parts of prompts");
  return result;
}

at::Tensor repeat_for_parts(const at::Tensor& rows, const PartWeights& weights) {
  std::vector<std::int64_t> index;
  for (std::size_t i = 0; i < weights.size(); ++i)
    index.insert(index.end(), weights[i].size(), static_cast<std::int64_t>(i));
  return weights.empty() ? rows : rows.index_select(0, at::tensor(index, at::kLong).to(rows.device()));
}

at::Tensor masked_blend(const DenoiserInput& input, const at::Tensor& latent, double sigma_or_t) {
  if (!input.latent_mask) return latent;
  const at::Tensor& mask = *input.latent_mask;
  if (const auto& soft = input.soft)
    return latent_blend(*soft, input.init_latent, latent, modified_nmask(*soft, mask, sigma_or_t));
  return latent * mask + input.init_latent * (1 - mask);
}

Denoiser sigma_denoiser(const DenoiserInput& input, const NoiseLevels& levels) {
  return [&input, &levels](const at::Tensor& x, double sigma) {
    const double t = levels.t_of_sigma(sigma);
    const NetOutputs out = input.net(x / std::sqrt(sigma * sigma + 1), t);
    const auto denoised = [&](const at::Tensor& output, const at::Tensor& noisy) {
      return levels.map() == LevelMap::kLcm ? to_lcm_denoised(output, noisy, sigma, t)
                                            : to_denoised(output, noisy, sigma, input.prediction == "v");
    };
    const at::Tensor x_of_parts = repeat_for_parts(x, input.guidance.weights);
    return masked_blend(input, guide({denoised(out.cond, x_of_parts), denoised(out.uncond, x)}, input.guidance), sigma);
  };
}

/// As A1111 does for DDIM's kin; the step itself goes on from the latent that is not blended.
EpsModel timestep_model(const DenoiserInput& input) {
  return [&input](const at::Tensor& x, double t) {
    const at::Tensor blended = masked_blend(input, x, t);
    const NetOutputs out = input.net(blended, t);
    if (input.prediction != "v") return Eps{guide(out, input.guidance), out.uncond};
    const double a = static_cast<double>(input.alphas_cumprod[static_cast<std::size_t>(t)]);
    const auto eps = [a](const at::Tensor& v, const at::Tensor& noisy) {
      return std::sqrt(a) * v + std::sqrt(1 - a) * noisy;
    };
    const at::Tensor uncond = eps(out.uncond, blended);
    return Eps{guide({eps(out.cond, repeat_for_parts(blended, input.guidance.weights)), uncond}, input.guidance), uncond};
  };
}

}  // namespace redraw
