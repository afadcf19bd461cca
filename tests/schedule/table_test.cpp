// Walks the tables of samplers and schedulers: a new row is tested at once.
#include <catch2/catch.hpp>

#include <set>

#include "schedule/samplers.h"

using namespace redraw;

namespace {

const NoiseLevels& levels() {
  static const NoiseLevels it(scaled_linear_alphas());
  return it;
}

template <typename Rows>
void check_names(const Rows& rows) {
  std::set<std::string_view> names, labels;
  for (const auto& row : rows) {
    INFO(std::string(row.name));
    CHECK(names.insert(row.name).second);
    CHECK(labels.insert(row.label).second);
    CHECK(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos);
  }
}

}  // namespace

TEST_CASE("samplers: names and labels are unique and each finds its row, case ignored", "[schedule][table]") {
  check_names(samplers());
  for (const SamplerRow& row : samplers()) {
    CHECK(find_sampler(row.name) == &row);
    CHECK(find_sampler(row.label) == &row);
  }
  CHECK(find_sampler("dpm++ 2m") == find_sampler("DPM++ 2M"));
  CHECK(find_sampler("none of these") == nullptr);
}

TEST_CASE("samplers: each has a scheduler of its own for automatic", "[schedule][table]") {
  for (const SamplerRow& row : samplers()) {
    INFO(std::string(row.name));
    REQUIRE(find_scheduler(row.default_scheduler) != nullptr);
    const SchedulerRow& resolved = resolve_scheduler(row, *find_scheduler("automatic"));
    CHECK(resolved.name == row.default_scheduler);
    CHECK(resolved.sigmas != nullptr);
    CHECK(resolve_scheduler(row, *find_scheduler("exponential")).name == "exponential");
    CHECK(row.order >= 1);
  }
}

TEST_CASE("schedulers: names and labels are unique and each finds its row", "[schedule][table]") {
  check_names(schedulers());
  for (const SchedulerRow& row : schedulers()) {
    CHECK(find_scheduler(row.name) == &row);
    CHECK(find_scheduler(row.label) == &row);
  }
  CHECK(find_scheduler("none of these") == nullptr);
}

TEST_CASE("schedulers: sigmas fall strictly within the model's range and end in 0", "[schedule][table]") {
  for (const SchedulerRow& row : schedulers()) {
    if (row.sigmas == nullptr) continue;
    for (const int steps : {1, 2, 3, 10, 20, 50, 150, 999}) {
      INFO(std::string(row.name) << ", " << steps << " steps");
      const std::vector<double> sigmas = row.sigmas(steps, levels());
      if (row.name != "ddim") CHECK(sigmas.size() == static_cast<std::size_t>(steps) + 1);  // its stride gives more or less
      REQUIRE(sigmas.size() >= 2);
      CHECK(sigmas.front() <= levels().sigma_max() * 1.0001);
      CHECK(sigmas.back() == Approx(row.name == "kl_optimal" ? levels().sigma_min() : 0).margin(1e-12));
      for (std::size_t i = 1; i < sigmas.size(); ++i) REQUIRE(sigmas[i] < sigmas[i - 1]);
    }
  }
}

TEST_CASE("noise levels: sigma and t lead to each other", "[schedule][property]") {
  for (const double t : {0.0, 0.5, 1.0, 321.25, 998.9, 999.0}) {
    INFO(t);
    CHECK(levels().t_of_sigma(levels().sigma_of_t(t)) == Approx(t).margin(1e-6));
  }
  CHECK(levels().sigma_min() == Approx(0.029167).margin(1e-5));
  CHECK(levels().sigma_max() == Approx(14.6146).margin(1e-3));
  CHECK(levels().t_of_sigma(1000) == 999);
  CHECK(levels().t_of_sigma(1e-6) == 0);
}
