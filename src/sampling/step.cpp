// TABLE of algorithms, and the kinds of step that several of them share.
#include "sampling/step.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "redraw/error.h"

namespace redraw {
namespace {

struct AlgorithmRow {
  std::string_view name;  // of the row in schedule/samplers
  Algorithm sample;
};

constexpr AlgorithmRow kAlgorithms[] = {
    {"dpmpp_2m", sample_dpmpp_2m}, {"dpmpp_sde", sample_dpmpp_sde}, {"dpmpp_2m_sde", sample_dpmpp_2m_sde},
    {"dpmpp_2m_sde_heun", sample_dpmpp_2m_sde_heun}, {"dpmpp_2s_a", sample_dpmpp_2s_a},
    {"dpmpp_3m_sde", sample_dpmpp_3m_sde}, {"euler_a", sample_euler_a}, {"euler", sample_euler}, {"lms", sample_lms},
    {"heun", sample_heun}, {"dpm2", sample_dpm2}, {"dpm2_a", sample_dpm2_a}, {"dpm_fast", sample_dpm_fast},
    {"dpm_adaptive", sample_dpm_adaptive}, {"restart", sample_restart}, {"ddim", sample_ddim},
    {"ddim_cfgpp", sample_ddim_cfgpp}, {"plms", sample_plms}, {"unipc", sample_unipc}, {"lcm", sample_lcm}};

}  // namespace

Algorithm algorithm_of(std::string_view sampler) {
  for (const AlgorithmRow& row : kAlgorithms)
    if (row.name == sampler) return row.sample;
  REDRAW_CHECK(false, "sampler " + std::string(sampler) + " has no algorithm");
  return nullptr;
}

at::Tensor euler_step(const at::Tensor& x, const at::Tensor& denoised, double sigma, double next) {
  return x + (x - denoised) / sigma * (next - sigma);
}

AncestralStep ancestral_step(double from, double to, double eta) {
  if (to == 0 || eta == 0) return {to, 0};
  const double up = std::min(to, eta * std::sqrt(to * to * (from * from - to * to) / (from * from)));
  return {std::sqrt(to * to - up * up), up};
}

Churned churned(const SamplerInput& input, const at::Tensor& x, std::size_t step) {
  const SamplerSettings& s = input.settings;
  const double sigma = input.sigmas[step];
  const bool in_range = s.s_tmin <= sigma && (s.s_tmax == 0 || sigma <= s.s_tmax);
  const double steps = static_cast<double>(input.sigmas.size() - 1);
  const double gamma = in_range ? std::min(s.s_churn / steps, std::sqrt(2.0) - 1) : 0;
  const at::Tensor noise = input.noise();
  if (gamma <= 0) return {x, sigma};
  const double hat = sigma * (gamma + 1);
  return {x + noise * s.s_noise * std::sqrt(hat * hat - sigma * sigma), hat};
}

}  // namespace redraw
