// The training schedule: alphas_cumprod, sigmas, and the way between sigma and t.
#include "schedule/noise_levels.h"

#include <algorithm>
#include <cmath>

namespace redraw {
namespace {

constexpr int kLcmStride = 20;  // LCM (arXiv 2310.04378) is distilled at every 20th step: 19, 39 ... 999

}  // namespace

NoiseLevels::NoiseLevels(const Floats& alphas_cumprod, LevelMap map, const FloatMath& math) : map_(map), math_(&math) {
  const std::size_t stride = map == LevelMap::kLcm ? kLcmStride : 1;
  for (std::size_t i = stride - 1; i < alphas_cumprod.size(); i += stride)
    sigmas_.push_back((1 - alphas_cumprod[i]) / alphas_cumprod[i]);
  sigmas_ = math.sqrt(sigmas_);
  log_sigmas_ = math.log(sigmas_);
}

/// Between two levels where the map is plain, else the nearest.
float NoiseLevels::index_of(float log_sigma) const {
  const auto above = std::upper_bound(log_sigmas_.begin(), log_sigmas_.end(), log_sigma) - log_sigmas_.begin();
  const auto low = static_cast<std::size_t>(
      std::clamp<std::ptrdiff_t>(above - 1, 0, static_cast<std::ptrdiff_t>(sigmas_.size()) - 2));
  const float below = log_sigmas_[low], next = log_sigmas_[low + 1];
  if (map_ != LevelMap::kPlain)
    return static_cast<float>(low) + (std::abs(log_sigma - next) < std::abs(log_sigma - below) ? 1.0F : 0.0F);
  const float share = std::clamp((below - log_sigma) / (below - next), 0.0F, 1.0F);
  return (1 - share) * static_cast<float>(low) + share * static_cast<float>(low + 1);
}

double NoiseLevels::t_of_sigma(double sigma) const {
  const float index = index_of(math_->log({static_cast<float>(sigma)}).front());
  return static_cast<double>(map_ == LevelMap::kLcm ? index * kLcmStride + (kLcmStride - 1) : index);
}

std::vector<double> NoiseLevels::sigmas_of(const Floats& timesteps) const {
  Floats log_sigmas;
  for (float index : timesteps) {
    if (map_ == LevelMap::kLcm)
      index = std::clamp((index - (kLcmStride - 1)) / kLcmStride, 0.0F, static_cast<float>(sigmas_.size() - 1));
    const float low = std::floor(index), share = index - low;
    log_sigmas.push_back((1 - share) * log_sigmas_[static_cast<std::size_t>(low)] +
                         share * log_sigmas_[static_cast<std::size_t>(std::ceil(index))]);
  }
  const Floats sigmas = math_->exp(log_sigmas);
  return {sigmas.begin(), sigmas.end()};
}

Floats zero_terminal_snr(const Floats& alphas_cumprod) {
  constexpr float kLast = 4.8973451890853435e-08F;  // A1111's, so that the last sigma stays finite
  const float first = std::sqrt(alphas_cumprod.front()), last = std::sqrt(alphas_cumprod.back());
  Floats stretched;
  for (const float a : alphas_cumprod) {
    const float root = (std::sqrt(a) - last) * (first / (first - last));
    stretched.push_back(root * root);
  }
  stretched.back() = kLast;
  return stretched;
}

Floats scaled_linear_alphas() {
  const double first = std::sqrt(0.00085), last = std::sqrt(0.012);
  Floats alphas;
  double product = 1;
  for (int i = 0; i < 1000; ++i) {
    const double root = first + (last - first) * i / 999;
    product *= 1 - root * root;
    alphas.push_back(static_cast<float>(product));
  }
  return alphas;
}

}  // namespace redraw
