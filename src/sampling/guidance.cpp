// Guidance beyond cond and uncond: calls that leave uncond out, and rescaling.
#include "sampling/guidance.h"

#include <ATen/ATen.h>

namespace redraw {

UncondRule uncond_rule(const Guidance& guidance, double sigma_or_t, int call, int total) {
  if (guidance.skip_early_cond != 0 && static_cast<double>(call) / total <= guidance.skip_early_cond)
    return UncondRule::kEarly;
  const bool turn = call % 2 == 1 || guidance.s_min_uncond_all;
  return turn && sigma_or_t < guidance.s_min_uncond ? UncondRule::kLowSigma : UncondRule::kKept;
}

at::Tensor first_parts(const at::Tensor& cond, const PartWeights& weights) {
  if (weights.empty()) return cond;
  std::vector<std::int64_t> rows;
  std::int64_t row = 0;
  for (const auto& parts : weights) {
    rows.push_back(row);
    row += static_cast<std::int64_t>(parts.size());
  }
  return cond.index_select(0, at::tensor(rows, at::kLong).to(cond.device()));
}

at::Tensor rescaled(const at::Tensor& guided, const NetOutputs& outputs, const Guidance& guidance) {
  Guidance plain = guidance;
  plain.cfg_scale = 1;
  const auto spread = [](const at::Tensor& x) { return x.std(at::IntArrayRef{1, 2, 3}, true, true); };  // [N, 1, 1, 1]
  const at::Tensor factor = spread(guide(outputs, plain)) / spread(guided);
  return guided * (factor * guidance.rescale + (1 - guidance.rescale));
}

}  // namespace redraw
