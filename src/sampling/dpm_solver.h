// DPM-Solver (arXiv 2206.00927): single steps of orders 1 to 3 in the variable t = -log sigma.
#pragma once

#include <optional>

#include "sampling/step.h"

namespace redraw {

/// Solves from one t to later ones; the noise seen at a place is kept, so that steps of two orders share their calls.
class DpmStep {
 public:
  DpmStep(const Denoiser& denoiser, at::Tensor x, double t) : denoiser_(denoiser), x_(std::move(x)), t_(t) {}

  at::Tensor order_1(double next);
  at::Tensor order_2(double next, double r_1 = 0.5);
  at::Tensor order_3(double next);  // r_1, r_2 = 1/3, 2/3
  at::Tensor of_order(int order, double next);

 private:
  const at::Tensor& eps();
  const at::Tensor& eps_1(double next, double r_1);
  at::Tensor eps_at(const at::Tensor& x, double t) const;

  const Denoiser& denoiser_;
  at::Tensor x_, eps_, eps_1_;
  double t_;
};

}  // namespace redraw
