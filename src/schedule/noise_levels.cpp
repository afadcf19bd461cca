// The training schedule: alphas_cumprod, sigmas, and the way between sigma and t.
#include "schedule/noise_levels.h"

#include <algorithm>
#include <cmath>

namespace redraw {

NoiseLevels::NoiseLevels(const std::vector<float>& alphas_cumprod) {
  for (const float a : alphas_cumprod) {
    sigmas_.push_back(std::sqrt((1 - a) / a));
    log_sigmas_.push_back(static_cast<double>(std::log(sigmas_.back())));
  }
}

double NoiseLevels::t_of_sigma(double sigma) const {
  const float wanted = std::log(static_cast<float>(sigma));
  const auto above = std::upper_bound(log_sigmas_.begin(), log_sigmas_.end(), static_cast<double>(wanted));
  const auto count = static_cast<std::ptrdiff_t>(log_sigmas_.size());
  const auto low = std::clamp<std::ptrdiff_t>(above - log_sigmas_.begin() - 1, 0, count - 2);
  const auto at = [&](std::ptrdiff_t i) { return static_cast<float>(log_sigmas_[static_cast<std::size_t>(i)]); };
  const float share = std::clamp((at(low) - wanted) / (at(low) - at(low + 1)), 0.0F, 1.0F);
  return static_cast<double>((1 - share) * static_cast<float>(low) + share * static_cast<float>(low + 1));
}

double NoiseLevels::sigma_of_t(double t) const {
  const double low = std::floor(t), high = std::ceil(t), share = t - low;
  return std::exp((1 - share) * log_sigmas_[static_cast<std::size_t>(low)] +
                  share * log_sigmas_[static_cast<std::size_t>(high)]);
}

std::vector<float> scaled_linear_alphas() {
  const double first = std::sqrt(0.00085), last = std::sqrt(0.012);
  std::vector<float> alphas;
  double product = 1;
  for (int i = 0; i < 1000; ++i) {
    const double root = first + (last - first) * i / 999;
    product *= 1 - root * root;
    alphas.push_back(static_cast<float>(product));
  }
  return alphas;
}

std::vector<float> zero_terminal_snr(std::vector<float> alphas_cumprod) {
  const float first = std::sqrt(alphas_cumprod.front()), last = std::sqrt(alphas_cumprod.back());
  for (float& alpha : alphas_cumprod) {
    const float root = (std::sqrt(alpha) - last) * (first / (first - last));
    alpha = root * root;
  }
  alphas_cumprod.back() = 4.8973451890853435e-08F;  // A1111's, so that no sigma is infinite
  return alphas_cumprod;
}

}  // namespace redraw
