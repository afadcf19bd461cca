// The training schedule: alphas_cumprod, sigmas, and the way between sigma and t.
#pragma once

#include <vector>

namespace redraw {

/// The 1000 noise levels of a model.
class NoiseLevels {
 public:
  /// alphas_cumprod  [1000] from the checkpoint or scaled_linear_alphas()
  explicit NoiseLevels(const std::vector<float>& alphas_cumprod);

  const std::vector<float>& sigmas() const { return sigmas_; }  // rising
  double sigma_min() const { return sigmas_.front(); }
  double sigma_max() const { return sigmas_.back(); }
  /// Linear interpolation in log sigma, both ways; t in [0, 999].
  /// source k-diffusion DiscreteSchedule; golden: ui/schedule sigma_mapping
  double t_of_sigma(double sigma) const;
  double sigma_of_t(double t) const;

 private:
  std::vector<float> sigmas_;
  std::vector<double> log_sigmas_;
};

/// SD 1.x: betas are squares of even steps from sqrt(0.00085) to sqrt(0.012); product kept in fp32.
std::vector<float> scaled_linear_alphas();

/// The same levels shifted and scaled (in their square roots) so that the last one is all noise: zero terminal
/// SNR (arXiv 2305.08891, algorithm 1). The last is 4.897e-8 instead of 0, so that sigma_max is 4518.76.
/// source A1111 1.10 sd_models.rescale_zero_terminal_snr_abar; golden: models/schedule
std::vector<float> zero_terminal_snr(std::vector<float> alphas_cumprod);

}  // namespace redraw
