// One model call as a sampler sees it: scaling, guidance, masked blend.
#include "sampling/denoiser.h"

#include <ATen/ATen.h>

#include <cmath>
#include <memory>

#include "redraw/error.h"
#include "sampling/guidance.h"
#include "sampling/soft_blend.h"

namespace redraw {
namespace {

/// 1 / sqrt(sigma^2 + 1), worked out in single precision as k-diffusion does: with a large sigma the last bit shows.
float input_scale(double sigma) {
  const auto s = static_cast<float>(sigma);
  return 1.0F / std::sqrt(s * s + 1.0F);
}

/// Net output at sigma -> denoised (k-diffusion's external.py).
at::Tensor to_denoised(const at::Tensor& output, const at::Tensor& x, double sigma, bool v) {
  if (!v) return x - output * sigma;
  const auto s = static_cast<float>(sigma);
  const float variance = s * s + 1.0F;
  return output * (-s / std::sqrt(variance)) + x * (1.0F / variance);
}

/// LCM's boundary condition: at t 0 x itself, soon after that what the net denoised; a v model is read as eps.
/// source A1111 1.10 LCMCompVisDenoiser
at::Tensor to_lcm_denoised(const at::Tensor& output, const at::Tensor& x, double sigma, double t) {
  constexpr double kDataDeviation = 0.5, kTimeScale = 10;
  const double scaled = t * kTimeScale, variance = scaled * scaled + kDataDeviation * kDataDeviation;
  return (x - output * sigma) * (scaled / std::sqrt(variance)) + x * (kDataDeviation * kDataDeviation / variance);
}

/// One call of the net, and the guidance that is meant for it.
struct Answer {
  NetOutputs outputs;
  Guidance guidance;
};

class NetCaller {
 public:
  explicit NetCaller(const DenoiserInput& input) : input_(input), next_(std::make_shared<int>(input.first_call)) {}

  Answer operator()(const at::Tensor& x_in, double t, double sigma_or_t) const {
    const UncondRule rule = uncond_rule(input_.guidance, sigma_or_t, (*next_)++, input_.total_calls);
    if (rule == UncondRule::kKept) return {input_.net(x_in, t), input_.guidance};
    if (input_.skipped != nullptr)
      (rule == UncondRule::kEarly ? input_.skipped->early : input_.skipped->at_low_sigma) = true;
    Answer answer{input_.cond_net(x_in, t), input_.guidance};
    answer.outputs.uncond = first_parts(answer.outputs.cond, input_.guidance.weights);
    answer.guidance.cfg_scale = 1;
    return answer;
  }

 private:
  const DenoiserInput& input_;
  std::shared_ptr<int> next_;  // shared by the copies that samplers make
};

/// guide, with the spread of the result corrected where that is asked for.
at::Tensor guide_and_rescale(const Answer& answer) {
  const at::Tensor guided = guide(answer.outputs, answer.guidance);
  return answer.guidance.rescale == 0 ? guided : rescaled(guided, answer.outputs, answer.guidance);
}

}  // namespace

at::Tensor guide(const NetOutputs& outputs, const Guidance& guidance) {
  if (outputs.no_image.defined())
    return outputs.no_image + (outputs.cond - outputs.uncond) * guidance.cfg_scale +
           (outputs.uncond - outputs.no_image) * guidance.image_cfg_scale;
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
  return [&input, &levels, call = NetCaller(input)](const at::Tensor& x, double sigma) {
    const double t = levels.t_of_sigma(sigma);
    const Answer answer = call(x * input_scale(sigma), t, sigma);
    const auto denoised = [&](const at::Tensor& output, const at::Tensor& noisy) {
      return levels.map() == LevelMap::kLcm ? to_lcm_denoised(output, noisy, sigma, t)
                                            : to_denoised(output, noisy, sigma, input.prediction == "v");
    };
    if (answer.guidance.rescale != 0) return masked_blend(input, denoised(guide_and_rescale(answer), x), sigma);
    const at::Tensor x_of_parts = repeat_for_parts(x, input.guidance.weights);
    const NetOutputs& out = answer.outputs;
    const NetOutputs all{denoised(out.cond, x_of_parts), denoised(out.uncond, x),
                         out.no_image.defined() ? denoised(out.no_image, x) : at::Tensor()};
    return masked_blend(input, guide(all, answer.guidance), sigma);
  };
}

/// As A1111 does for DDIM's kin; the step itself goes on from the latent that is not blended.
EpsModel timestep_model(const DenoiserInput& input) {
  return [&input, call = NetCaller(input)](const at::Tensor& x, double t) {
    const at::Tensor blended = masked_blend(input, x, t);
    const Answer answer = call(blended, t, t);
    const NetOutputs& out = answer.outputs;
    if (input.prediction != "v") return Eps{guide_and_rescale(answer), out.uncond};
    const double a = static_cast<double>(input.alphas_cumprod[static_cast<std::size_t>(t)]);
    const auto eps = [a](const at::Tensor& v, const at::Tensor& noisy) {
      return v.defined() ? std::sqrt(a) * v + std::sqrt(1 - a) * noisy : v;
    };
    const at::Tensor of_parts = repeat_for_parts(blended, input.guidance.weights), uncond = eps(out.uncond, blended);
    if (answer.guidance.rescale != 0) return Eps{eps(guide_and_rescale(answer), blended), uncond};
    return Eps{guide({eps(out.cond, of_parts), uncond, eps(out.no_image, blended)}, answer.guidance), uncond};
  };
}

}  // namespace redraw
