// UniPC (arXiv 2302.04867): multistep predictor and corrector over denoised, one model call a step.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "redraw/error.h"
#include "sampling/step.h"
#include "sampling/torch_math.h"

namespace redraw {
namespace {

/// Signal and noise at a continuous time, 0.001 to 1: linear in log alpha between the model's steps.
class Signal {
 public:
  explicit Signal(const std::vector<double>& alphas_cumprod) {
    for (const double a : alphas_cumprod) log_alphas_.push_back(0.5 * std::log(a));
  }

  double log_alpha(double time) const {
    const auto [low, share] = place(time * count() - 1);
    return log_alphas_[low] + share * (log_alphas_[low + 1] - log_alphas_[low]);
  }
  double alpha(double time) const { return std::exp(log_alpha(time)); }
  double sigma(double time) const { return std::sqrt(-std::expm1(2 * log_alpha(time))); }
  double lambda(double time) const { return log_alpha(time) - std::log(sigma(time)); }

  double time_of_lambda(double wanted) const {
    const double log_alpha = -0.5 * std::log1p(std::exp(-2 * wanted));
    const auto below =
        std::partition_point(log_alphas_.begin(), log_alphas_.end(), [&](double v) { return v > log_alpha; });
    const auto [low, unused] = place(static_cast<double>(below - log_alphas_.begin()) - 1);
    const double share = (log_alpha - log_alphas_[low]) / (log_alphas_[low + 1] - log_alphas_[low]);
    return (static_cast<double>(low) + share + 1) / count();
  }
  double count() const { return static_cast<double>(log_alphas_.size()); }

 private:
  struct Place { std::size_t low; double share; };
  /// The interval that an index lies in; the first and the last go on beyond the ends.
  Place place(double index) const {
    const double low = std::clamp(std::floor(index), 0.0, count() - 2);
    return {static_cast<std::size_t>(low), index - low};
  }

  std::vector<double> log_alphas_;
};

using Times = Floats;  // single precision, as the model is asked

Times evenly_in_time(const Signal&, double from, double to, int steps) {
  return torch_math().linspace(static_cast<float>(from), static_cast<float>(to), steps + 1);
}

Times evenly_in_root(const Signal& signal, double from, double to, int steps) {
  Times times = evenly_in_time(signal, std::sqrt(from), std::sqrt(to), steps);
  for (float& time : times) time *= time;
  return times;
}

Times evenly_in_lambda(const Signal& signal, double from, double to, int steps) {
  Times times = evenly_in_time(signal, signal.lambda(from), signal.lambda(to), steps);
  for (float& time : times) time = static_cast<float>(signal.time_of_lambda(static_cast<double>(time)));
  return times;
}

// In the order of UnipcSkip.
constexpr Times (*kSkips[])(const Signal&, double, double, int) = {evenly_in_time, evenly_in_root, evenly_in_lambda};

/// A place on the way, and what the net denoised there.
struct Known {
  double time;
  at::Tensor denoised;
};

/// What both solvers need of a step from the newest known place to `time`.
struct Step {
  double h;                     // in lambda, negative: of denoised
  std::vector<double> r;        // the older places in units of h, then 1
  std::vector<at::Tensor> d;    // slopes towards the older places
  at::Tensor base;              // the step of order 1
  double alpha;
};

Step make_step(const Signal& signal, const at::Tensor& x, const std::vector<Known>& known, double time, int order) {
  const Known& last = known.back();
  const double lambda = signal.lambda(last.time), h = signal.lambda(time) - lambda;
  Step step{-h, {}, {}, {}, signal.alpha(time)};
  for (int i = 1; i < order; ++i) {
    const Known& older = known[known.size() - 1 - static_cast<std::size_t>(i)];
    step.r.push_back((signal.lambda(older.time) - lambda) / h);
    step.d.push_back((older.denoised - last.denoised) / step.r.back());
  }
  step.r.push_back(1);
  step.base = (signal.sigma(time) / signal.sigma(last.time)) * x - (step.alpha * std::expm1(step.h)) * last.denoised;
  return step;
}

at::Tensor weighted(const std::vector<at::Tensor>& slopes, const double* weights) {
  at::Tensor sum = at::zeros_like(slopes[0]);
  for (std::size_t i = 0; i < slopes.size(); ++i) sum = sum + slopes[i] * weights[i];
  return sum;
}

std::vector<double> to_vector(const at::Tensor& values) {
  const at::Tensor flat = values.contiguous();
  return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

/// What a solver says of a step: x there, predicted, and corrected once `there` is known.
struct Solution {
  at::Tensor predicted;
  std::function<at::Tensor(const at::Tensor& change)> corrected;  // change: denoised there less denoised here
};

/// UniPC-B1 and B2 (section 3.4): the weights solve a small linear system.
Solution solve_bh(const Step& step, UnipcVariant variant) {
  const auto order = static_cast<std::int64_t>(step.r.size());
  const double b_h = variant == UnipcVariant::kBh1 ? step.h : std::expm1(step.h);
  std::vector<double> rows, right;
  double phi = std::expm1(step.h) / step.h - 1, factorial = 1;
  for (int i = 1; i <= order; ++i) {
    for (const double r : step.r) rows.push_back(std::pow(r, i - 1));
    right.push_back(phi * factorial / b_h);
    factorial *= i + 1;
    phi = phi / step.h - 1 / factorial;
  }
  const at::Tensor matrix = at::tensor(rows, at::kDouble).view({order, order}), vector = at::tensor(right, at::kDouble);
  const auto solved = [&](std::int64_t n) {
    return to_vector(at::linalg_solve(matrix.narrow(0, 0, n).narrow(1, 0, n), vector.narrow(0, 0, n)));
  };
  const double scale = step.alpha * b_h;
  at::Tensor predicted = step.base;
  if (order > 1)
    predicted =
        step.base - scale * weighted(step.d, (order == 2 ? std::vector<double>{0.5} : solved(order - 1)).data());
  const std::vector<double> weights = order == 1 ? std::vector<double>{0.5} : solved(order);
  return {predicted, [=](const at::Tensor& change) {
            at::Tensor sum = change * weights.back();
            if (order > 1) sum = sum + weighted(step.d, weights.data());
            return at::Tensor(step.base - scale * sum);
          }};
}

/// UniPC with coefficients that vary (appendix C): the inverse of a matrix of the places.
Solution solve_varying(const Step& step) {
  const std::size_t order = step.r.size();
  const auto size = static_cast<std::int64_t>(order);
  std::vector<double> columns(step.r.size(), 1), matrix(order * order), phis = {std::expm1(step.h)};
  double factorial = 1;
  for (std::size_t k = 0; k < order; ++k) {
    for (std::size_t i = 0; i < order; ++i) {
      matrix[i * order + k] = columns[i];
      columns[i] *= step.r[i] / static_cast<double>(k + 2);
    }
    phis.push_back(phis.back() / step.h - 1 / factorial);
    factorial *= static_cast<double>(k + 2);
  }
  const at::Tensor c = at::tensor(matrix, at::kDouble).view({size, size});
  const auto inverse = to_vector(at::linalg_inv(c));
  const auto reduced = [&](const std::vector<double>& weights, std::size_t stride) {
    at::Tensor x = step.base;
    for (std::size_t k = 0; k + 1 < order; ++k)
      x = x - step.alpha * phis[k + 1] * weighted(step.d, &weights[k * stride]);
    return x;
  };
  at::Tensor predicted = step.base;
  if (order > 1)
    predicted = reduced(to_vector(at::linalg_inv(c.narrow(0, 0, size - 1).narrow(1, 0, size - 1))), order - 1);
  const at::Tensor partly = reduced(inverse, order);
  // The published code takes the row before the last here, not the last.
  const double weight = step.alpha * phis[order] * inverse[(order < 2 ? 0 : order - 2) * order + order - 1];
  return {predicted, [=](const at::Tensor& change) { return at::Tensor(partly - weight * change); }};
}

}  // namespace

/// As many calls as timesteps, from a little above the last to 0.001; lower orders at the start, and at the end too.
/// source UniPC's published code as A1111 1.10 calls it (sd_samplers_timesteps_impl.unipc)
at::Tensor sample_unipc(const SamplerInput& input) {
  const SamplerSettings& s = input.settings;
  const int steps = static_cast<int>(input.timesteps.size()), order = s.unipc_order;
  REDRAW_CHECK(steps >= order, "the plan refuses UniPC with fewer steps than its order");
  const Signal signal(input.alphas_cumprod);
  const double start = input.timesteps.back() / signal.count() + 1 / signal.count();
  const Times times = kSkips[static_cast<std::size_t>(s.unipc_skip_type)](signal, start, 1 / signal.count(), steps);
  const auto denoised = [&](const at::Tensor& x, std::size_t i) {
    const float t = (times[i] - static_cast<float>(1 / signal.count())) * static_cast<float>(signal.count());
    const auto time = static_cast<double>(times[i]);
    return at::Tensor((x - signal.sigma(time) * input.eps(x, static_cast<double>(t)).guided) / signal.alpha(time));
  };
  at::Tensor x = input.x;
  std::vector<Known> known = {{static_cast<double>(times[0]), denoised(x, 0)}};
  for (int i = 1; i <= steps; ++i) {
    const auto index = static_cast<std::size_t>(i);
    const auto time = static_cast<double>(times[index]);
    const int step_order = i < order ? i : s.unipc_lower_order_final ? std::min(order, steps + 1 - i) : order;
    const Step step = make_step(signal, x, known, time, step_order);
    const Solution solution =
        s.unipc_variant == UnipcVariant::kVaryCoeff ? solve_varying(step) : solve_bh(step, s.unipc_variant);
    x = solution.predicted;
    if (i < steps) {
      const at::Tensor there = denoised(x, index);
      x = solution.corrected(there - known.back().denoised);
      known.push_back({time, there});
      if (known.size() > static_cast<std::size_t>(order)) known.erase(known.begin());
    }
    input.on_step(i - 1);
  }
  return x;
}

}  // namespace redraw
