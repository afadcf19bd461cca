// Linear multistep (Adams-Bashforth) of order 4 in sigma: one model call a step.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <deque>

#include "sampling/step.h"

namespace redraw {
namespace {

constexpr std::size_t kOrder = 4;

/// Integral over the step of the polynomial that is 1 at the j-th last sigma and 0 at the others; Gauss's two
/// points are exact up to degree 3.
double coefficient(const std::vector<double>& sigmas, std::size_t step, std::size_t order, std::size_t j) {
  const double middle = (sigmas[step] + sigmas[step + 1]) / 2, half = (sigmas[step + 1] - sigmas[step]) / 2;
  double sum = 0;
  for (const double place : {middle - half / std::sqrt(3.0), middle + half / std::sqrt(3.0)}) {
    double product = 1;
    for (std::size_t k = 0; k < order; ++k)
      if (k != j) product *= (place - sigmas[step - k]) / (sigmas[step - j] - sigmas[step - k]);
    sum += product * half;
  }
  return sum;
}

}  // namespace

/// source k-diffusion sample_lms
at::Tensor sample_lms(const SamplerInput& input) {
  at::Tensor x = input.x;
  std::deque<at::Tensor> slopes;  // the newest first
  for (std::size_t i = 0; i + 1 < input.sigmas.size(); ++i) {
    slopes.push_front((x - input.denoiser(x, input.sigmas[i])) / input.sigmas[i]);
    if (slopes.size() > kOrder) slopes.pop_back();
    for (std::size_t j = 0; j < slopes.size(); ++j)
      x = x + slopes[j] * coefficient(input.sigmas, i, slopes.size(), j);
    input.on_step(static_cast<int>(i));
  }
  return x;
}

}  // namespace redraw
