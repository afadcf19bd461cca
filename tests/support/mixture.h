// The stand-in network of the golden vectors: a mixture of Gaussians, per latent pixel.
#pragma once

#include <cmath>

#include "support/tensors.h"

namespace redraw::golden {

inline at::Tensor rows_of(const Json& rows) {
  std::vector<at::Tensor> tensors;
  for (const Json& row : rows) tensors.push_back(at::tensor(row.get<std::vector<double>>(), at::kFloat));
  return at::stack(tensors);
}

class Mixture {
 public:
  explicit Mixture(const Json& spec) : means_(rows_of(spec.at("means"))), std_(spec.at("std")) {}

  at::Tensor denoised(const at::Tensor& x, const at::Tensor& shift, double sigma) const {  // x [N, 4, h, w]
    const double s2 = std_ * std_, v = sigma * sigma + s2;
    const at::Tensor centres = means_.unsqueeze(0) + shift.unsqueeze(1);                     // [N, K, 4]
    const at::Tensor m = centres.unsqueeze(-1).unsqueeze(-1);                                // [N, K, 4, 1, 1]
    const at::Tensor distance = (x.unsqueeze(1) - m).pow(2).sum(2, true);                    // [N, K, 1, h, w]
    const at::Tensor w = at::softmax(-distance / (2 * v), 1);
    return (sigma * sigma * (w * m).sum(1) + s2 * x) / v;
  }

 private:
  at::Tensor means_;
  double std_;
};

inline at::Tensor eps_or_v(const Mixture& mixture, const at::Tensor& x_in, double sigma, const at::Tensor& shift, bool v) {
  const double scale = std::sqrt(sigma * sigma + 1);
  const at::Tensor x = x_in * scale;
  const at::Tensor denoised = mixture.denoised(x, shift, sigma), noise = (x - denoised) / sigma;
  return v ? (noise - sigma * denoised) / scale : noise;
}

}  // namespace redraw::golden
