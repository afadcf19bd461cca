// The training schedule: alphas_cumprod, sigmas, and the way between sigma and t.
#pragma once

#include <vector>

#include "schedule/float32.h"

namespace redraw {

/// How sigma becomes the t that the net is asked with: interpolated, rounded to a trained step, or LCM's.
enum class LevelMap { kPlain, kQuantized, kLcm };

/// The noise levels of a model, in single precision as A1111 holds them: all 1000, or the 50 that LCM was distilled at.
class NoiseLevels {
 public:
  /// alphas_cumprod  [1000] from the checkpoint or scaled_linear_alphas()
  explicit NoiseLevels(const Floats& alphas_cumprod, LevelMap map = LevelMap::kPlain,
                       const FloatMath& math = plain_math());

  LevelMap map() const { return map_; }
  const FloatMath& math() const { return *math_; }
  const Floats& sigmas() const { return sigmas_; }  // rising
  double sigma_min() const { return static_cast<double>(sigmas_.front()); }
  double sigma_max() const { return static_cast<double>(sigmas_.back()); }
  /// Linear interpolation in log sigma, both ways; t in [0, 999].
  /// source k-diffusion DiscreteSchedule, A1111 1.10 LCMCompVisDenoiser; golden: ui/schedule sigma_mapping
  double t_of_sigma(double sigma) const;
  double sigma_of_t(double t) const { return sigmas_of({static_cast<float>(t)}).front(); }
  /// Of all at once: torch's vectors and scalars may differ in the last bit.
  std::vector<double> sigmas_of(const Floats& timesteps) const;

 private:
  float index_of(float log_sigma) const;

  LevelMap map_;
  const FloatMath* math_;
  Floats sigmas_, log_sigmas_;
};

/// The same levels stretched in signal, so that the last has next to none (arXiv 2305.08891).
/// source A1111 1.10 sd_models.rescale_zero_terminal_snr_abar; golden: models/schedule
Floats zero_terminal_snr(const Floats& alphas_cumprod);

/// SD 1.x: betas are squares of even steps from sqrt(0.00085) to sqrt(0.012); product kept in fp32.
Floats scaled_linear_alphas();

}  // namespace redraw
