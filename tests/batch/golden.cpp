// Golden rows of the batch room: the seeds of a job's pictures.
#include "batch/seeds.h"
#include "support/golden.h"

namespace redraw::golden {
namespace {

Failure batch_seeds_row(const Case& c) {
  Json results = Json::array();
  for (const Json& call : c.inputs.at("calls")) {
    Json seeds = Json::array(), variations = Json::array();
    for (int i = 0; i < call.at("batch_size").get<int>() * call.at("n_iter").get<int>(); ++i) {
      const Seeds one = count_on({call.at("seed"), call.at("subseed")}, call.at("subseed_strength"), i);
      seeds.push_back(one.seed);
      variations.push_back(one.variation_seed);
    }
    results.push_back({{"seeds", seeds}, {"subseeds", variations}});
  }
  return compare(Json{{"results", results}}, c.expected, c.tolerance);
}

}  // namespace

std::vector<Row> batch_rows() { return {{"batch_seeds", batch_seeds_row}}; }

}  // namespace redraw::golden
