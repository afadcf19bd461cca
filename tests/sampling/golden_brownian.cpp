// Golden rows of the noise of SDE samplers.
#include <ATen/ATen.h>

#include "sampling/brownian.h"
#include "sampling/noise.h"
#include "sampling/seed_sequence.h"
#include "support/tensors.h"

namespace redraw::golden {
namespace {

Failure seed_sequence_row(const Case& c) {
  Json got = Json::array();
  for (const Json& call : c.inputs.at("calls")) {
    const auto key = call.at("spawn_key").is_null() ? std::vector<std::uint64_t>()
                                                    : call.at("spawn_key").get<std::vector<std::uint64_t>>();
    got.push_back(seed_sequence(call.at("entropy"), key, call.at("pool_size"), call.at("words")));
  }
  return compare(got, c.expected.at("results"), c.tolerance);
}

/// [queries, N, C, h, w]
Failure brownian_noise_row(const Case& c) {
  const NoiseRules rules{c.inputs.at("rng") == "NV" ? Rng::kNv : Rng::kCpu, 0, {}, 0};
  const auto seeds = c.inputs.at("seeds").get<std::vector<std::int64_t>>();
  const ImageNoise images(seeds, c.inputs.at("shape").get<std::vector<std::int64_t>>(), rules);
  std::vector<at::Tensor> rows;
  for (const Json& query : c.inputs.at("queries")) {
    std::vector<at::Tensor> row;
    for (const std::int64_t seed : seeds)
      row.push_back(BrownianTree(seed, c.inputs.at("sigma_min"), c.inputs.at("sigma_max"), [&](std::uint32_t node) {
                      return images.seeded(node);
                    }).noise(query[0], query[1]));
    rows.push_back(at::stack(row));
  }
  return compare(at::stack(rows), c.array(c.expected.at("noise")), c.tolerance);
}

}  // namespace

std::vector<Row> brownian_rows() {
  return {{"seed_sequence", seed_sequence_row}, {"brownian_noise", brownian_noise_row}};
}

}  // namespace redraw::golden
