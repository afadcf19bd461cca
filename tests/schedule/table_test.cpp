// Walks the tables of samplers and schedulers: a new row is tested at once.
#include <catch2/catch.hpp>

#include <cmath>
#include <set>

#include "schedule/beta_quantile.h"
#include "schedule/restart.h"
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
    for (const int steps : {1, 2, 3, 10, 20, 50, 150, 999}) {
      INFO(std::string(row.name) << ", " << steps << " steps");
      const std::vector<double> sigmas = schedule_sigmas(row, steps, levels());
      if (row.name != "ddim")
        CHECK(sigmas.size() == static_cast<std::size_t>(steps) + 1);  // its stride gives more or less
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

TEST_CASE("schedulers: limits and bends move every schedule that has them, and no other", "[schedule][table]") {
  ScheduleSettings limits, bend;
  limits.sigma_min = 0.1;
  limits.sigma_max = 8;
  bend.rho = 3;
  for (const SchedulerRow& row : schedulers()) {
    INFO(std::string(row.name));
    const auto plain = schedule_sigmas(row, 10, levels()), moved = schedule_sigmas(row, 10, levels(), limits);
    CHECK((moved != plain) == row.by_limits);
    if (row.by_limits) CHECK(moved.front() == Approx(8).epsilon(1e-5));
    CHECK((schedule_sigmas(row, 10, levels(), bend) != plain) == (row.default_rho != 0));
  }
}

TEST_CASE("schedulers: beta follows its two numbers, SDXL its own Align Your Steps", "[schedule]") {
  ScheduleSettings early, sdxl;
  early.beta_alpha = 2;
  sdxl.sdxl = true;
  const SchedulerRow &beta = *find_scheduler("beta"), &ays = *find_scheduler("align_your_steps");
  CHECK(schedule_sigmas(beta, 10, levels(), early)[5] > schedule_sigmas(beta, 10, levels())[5]);
  CHECK(schedule_sigmas(ays, 11, levels(), sdxl)[1] == Approx(6.315));
  CHECK(schedule_sigmas(ays, 11, levels())[1] == Approx(6.475));
}

TEST_CASE("beta quantile: known values, symmetry, and the way back", "[schedule][property]") {
  CHECK(beta_quantile(0.3, 1, 1) == Approx(0.3));
  CHECK(beta_quantile(0.5, 0.6, 0.6) == Approx(0.5));
  CHECK(beta_quantile(0.25, 0.5, 0.5) ==
        Approx(std::pow(std::sin(0.125 * std::acos(-1.0)), 2)).epsilon(1e-12));  // arcsine
  CHECK(beta_quantile(0.2, 3, 1) == Approx(std::cbrt(0.2)).epsilon(1e-12));
  for (const double share : {0.0, 1e-6, 0.1, 0.77, 1.0})
    CHECK(beta_quantile(share, 0.6, 2.5) == Approx(1 - beta_quantile(1 - share, 2.5, 0.6)).margin(1e-12));
}

TEST_CASE("noise levels: LCM knows 50 of them, a quantized map only whole timesteps", "[schedule]") {
  const NoiseLevels lcm(scaled_linear_alphas(), LevelMap::kLcm),
      quantized(scaled_linear_alphas(), LevelMap::kQuantized);
  CHECK(lcm.sigmas().size() == 50);
  for (const double t : {19.0, 39.0, 499.0, 999.0}) CHECK(lcm.t_of_sigma(lcm.sigma_of_t(t)) == t);
  for (const double sigma : {0.03, 0.5, 3.3, 14.0})
    CHECK(quantized.t_of_sigma(sigma) == std::round(levels().t_of_sigma(sigma)));
}

TEST_CASE("noise levels: zero terminal SNR keeps the first level and makes the last noise alone", "[schedule]") {
  const Floats plain = scaled_linear_alphas(), stretched = zero_terminal_snr(plain);
  CHECK(stretched.front() == Approx(plain.front()).epsilon(1e-6));
  CHECK(NoiseLevels(stretched).sigma_max() == Approx(4518.76).epsilon(1e-5));
  for (std::size_t i = 1; i < stretched.size(); ++i) REQUIRE(stretched[i] < stretched[i - 1]);
}

TEST_CASE("restart: from 20 steps on it goes back up once, from 36 on twice, with as many steps in all", "[schedule]") {
  for (const int count : {1, 19, 20, 35, 36, 60}) {
    INFO(count);
    const auto steps = restart_steps(schedule_sigmas(*find_scheduler("karras"), count, levels()));
    CHECK(steps.size() == static_cast<std::size_t>(count));
    int ups = 0;
    for (std::size_t i = 1; i < steps.size(); ++i) {
      CHECK(steps[i].to < steps[i].from);
      if (steps[i].from > steps[i - 1].to) ++ups;
      else CHECK(steps[i].from == steps[i - 1].to);
    }
    CHECK(ups == (count < 20 ? 0 : count < 36 ? 1 : 2));
    CHECK(steps.back().to == 0);
  }
}
