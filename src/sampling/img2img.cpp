// Sampling of img2img as a whole: noising, steps, last blend.
#include "sampling/img2img.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "sampling/brownian.h"
#include "sampling/torch_math.h"
#include "schedule/steps.h"

namespace redraw {
namespace {

class Run {
 public:
  explicit Run(const Img2ImgInput& input)
      : input_(input), levels_(levels_of(*input.sampler, input.alphas_cumprod, input.quantize, torch_math())),
        steps_(img2img_steps(input.steps, input.denoise, input.exact_steps)) {
    input_.guidance.cfg_scale /= input.sampler->cfg_divisor;
    input_.total_calls = (steps_.t_enc + 1) * (input.sampler->second_order ? 2 : 1);
    sampler_.settings = input.settings;
    sampler_.noise = [this] { return next_noise(); };
    input.sampler->by_timestep ? prepare_timesteps() : prepare_sigmas();
    sampler_.on_step = [this](int i) { if (input_.on_step) input_.on_step(i + 1, std::max(run_, i + 1)); };
    if (input.on_noised) input.on_noised(sampler_.x);
  }

  at::Tensor latent() const {
    const bool walks = run_ > 0;  // denoise 0 leaves some samplers no step
    const at::Tensor latent = walks ? algorithm_of(input_.sampler->name)(sampler_) : sampler_.x;
    return input_.soft ? latent : masked_blend(input_, latent, 0);
  }

 private:
  at::Tensor next_noise() const { return input_.noise->next().to(input_.init_latent.device()); }

  /// Starts from latent + noise * sigma.
  void prepare_sigmas() {
    const SchedulerRow& scheduler = resolve_scheduler(*input_.sampler, *input_.scheduler);
    const auto all = sampler_sigmas(*input_.sampler, scheduler, steps_.total, levels_, input_.schedule);
    sampler_.sigmas = img2img_sigmas(all, steps_);
    sampler_.denoiser = sigma_denoiser(input_, levels_);
    const at::Tensor noise = next_noise() * input_.noise_multiplier;
    sampler_.x = input_.init_latent + noise * sampler_.sigmas.front() + noise * input_.extra_noise;
    run_ = input_.sampler->steps_of(sampler_.sigmas);
    if (input_.sampler->brownian) plant_trees(all);
  }

  /// Starts from the variance preserving mix at the timestep after the ones that are walked.
  void prepare_timesteps() {
    const auto all = ddim_timesteps(steps_.total, input_.schedule.discard_penultimate);
    sampler_.timesteps = img2img_timesteps(all, steps_);
    sampler_.alphas_cumprod.assign(input_.alphas_cumprod.begin(), input_.alphas_cumprod.end());
    sampler_.eps = timestep_model(input_);
    const std::size_t start = std::min(all.size() - 1, static_cast<std::size_t>(steps_.t_enc));
    const double a = sampler_.alphas_cumprod[static_cast<std::size_t>(all[start])];
    const at::Tensor noise = next_noise() * input_.noise_multiplier;
    sampler_.x =
        input_.init_latent * std::sqrt(a) + noise * std::sqrt(1 - a) + noise * (input_.extra_noise * std::sqrt(a));
    run_ = static_cast<int>(sampler_.timesteps.size()) - (input_.sampler->unipc ? 0 : 1);
  }

  /// One tree per picture over the whole schedule, not only the part that is used.
  void plant_trees(const std::vector<double>& all) {
    const auto lowest = std::find_if(all.rbegin(), all.rend(), [](double sigma) { return sigma > 0; });
    for (const std::int64_t seed : input_.noise->seeds())
      trees_.emplace_back(seed, *lowest, all.front(),
                          [this](std::uint32_t node) { return input_.noise->seeded(node); });
    sampler_.brownian = [this](double sigma, double next) {
      std::vector<at::Tensor> rows;
      for (const BrownianTree& tree : trees_) rows.push_back(tree.noise(sigma, next));
      return at::stack(rows).to(input_.init_latent.device());
    };
  }

  Img2ImgInput input_;
  NoiseLevels levels_;
  Steps steps_;
  SamplerInput sampler_;
  std::vector<BrownianTree> trees_;
  int run_ = 0;
};

}  // namespace

at::Tensor sample_img2img(const Img2ImgInput& input) { return Run(input).latent(); }

SamplerSettings sampler_settings(const Recipe& recipe) {
  const double eta = recipe.eta.value_or(find_sampler(recipe.sampler)->default_eta);
  return {eta,
          recipe.s_churn,
          recipe.s_tmin,
          recipe.s_tmax,
          recipe.s_noise,
          recipe.unipc_variant,
          recipe.unipc_skip_type,
          recipe.unipc_order,
          recipe.unipc_lower_order_final};
}

}  // namespace redraw
