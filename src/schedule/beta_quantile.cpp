// The inverse of the beta distribution, which the schedule "beta" is made of.
#include "schedule/beta_quantile.h"

#include <cmath>
#include <initializer_list>

namespace redraw {
namespace {

/// The continued fraction of the incomplete beta function (DLMF 8.17.22) by Lentz's method; x below the mean.
double continued_fraction(double x, double a, double b) {
  constexpr double kTiny = 1e-300, kEnough = 1e-16;
  const auto not_zero = [](double value) { return std::abs(value) < kTiny ? kTiny : value; };
  double c = 1, d = 1 / not_zero(1 - (a + b) * x / (a + 1)), result = d;
  for (int m = 1; m < 1000; ++m) {
    double change = 1;
    for (const double term : {m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                              -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))}) {
      d = 1 / not_zero(1 + term * d);
      c = not_zero(1 + term / c);
      change = c * d;
      result *= change;
    }
    if (std::abs(change - 1) < kEnough) break;
  }
  return result;
}

/// I_x(a, b): the share below x.
double share_below(double x, double a, double b) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - share_below(1 - x, b, a);
  const double scale =
      std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x));
  return scale * continued_fraction(x, a, b) / a;
}

/// Halving in log x, so that the smallest x are as exact as the others.
double quantile_below_half(double share, double a, double b) {
  double low = -745, high = 0;  // exp(-745) is the smallest double
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (share_below(std::exp(middle), a, b) < share ? low : high) = middle;
  }
  return std::exp((low + high) / 2);
}

}  // namespace

double beta_quantile(double share, double alpha, double beta) {
  if (share <= 0) return 0;
  if (share >= 1) return 1;
  const double below_half = share_below(0.5, alpha, beta);
  return share <= below_half ? quantile_below_half(share, alpha, beta)
                             : 1 - quantile_below_half(1 - share, beta, alpha);
}

}  // namespace redraw
