// Tests of schedule/steps: how many of which steps img2img makes.
#include <catch2/catch.hpp>

#include <algorithm>

#include "schedule/steps.h"

using namespace redraw;

namespace {

const SamplerRow& sampler(const char* name) { return *find_sampler(name); }

const NoiseLevels& levels() {
  static const NoiseLevels it(scaled_linear_alphas());
  return it;
}

}  // namespace

TEST_CASE("steps: A1111's rule is int(min(denoise, 0.999) * steps) + 1", "[schedule]") {
  struct Row { int steps; double denoise; int run; };
  for (const Row& row : {Row{20, 0.75, 16}, Row{20, 0.0, 1}, Row{20, 1.0, 20}, Row{1, 1.0, 1}, Row{100, 0.57, 57}, Row{100, 0.29, 29}, Row{150, 0.5, 76}}) {
    INFO(row.steps << " steps, denoise " << row.denoise);
    const Steps steps = img2img_steps(row.steps, row.denoise, false, sampler("euler"));
    CHECK(steps.run == row.run);
    CHECK(steps.total == row.steps);
    CHECK(steps.t_enc == row.run - 1);
  }
}

TEST_CASE("steps: exact steps are made as asked, of a longer schedule", "[schedule]") {
  for (const double denoise : {0.1, 0.5, 0.75, 1.0}) {
    const Steps steps = img2img_steps(20, denoise, true, sampler("euler"));
    CHECK(steps.run == 20);
    CHECK(steps.total == static_cast<int>(20 / std::min(denoise, 0.999)));
  }
  CHECK(img2img_steps(20, 0, true, sampler("euler")).total == 0);
}

TEST_CASE("steps: DDIM makes two fewer, never less than none", "[schedule]") {
  CHECK(img2img_steps(20, 0.75, false, sampler("ddim")).run == 14);
  CHECK(img2img_steps(20, 0.0, false, sampler("ddim")).run == 0);
  CHECK(img2img_steps(20, 0.75, true, sampler("ddim")).run == 18);
}

TEST_CASE("steps: the sigmas used are the end of the schedule, one more than steps are run", "[schedule][table]") {
  for (const SchedulerRow& row : schedulers()) {
    if (row.sigmas == nullptr || row.name == "ddim") continue;
    for (const double denoise : {0.0, 0.3, 0.75, 1.0}) {
      INFO(std::string(row.name) << ", denoise " << denoise);
      const Steps steps = img2img_steps(20, denoise, false, sampler("euler"));
      const auto used = img2img_sigmas(row, steps, levels()), all = row.sigmas(20, levels());
      REQUIRE(used.size() == static_cast<std::size_t>(steps.run) + 1);
      CHECK(std::equal(used.rbegin(), used.rend(), all.rbegin()));
    }
  }
}

TEST_CASE("steps: DDIM's timesteps rise by 1000 / steps from 1 and stay below 1000", "[schedule]") {
  CHECK(ddim_timesteps(4) == std::vector<int>{1, 251, 501, 751});
  CHECK(ddim_timesteps(1) == std::vector<int>{1});
  for (const int steps : {3, 7, 20, 150, 1000}) {
    const auto timesteps = ddim_timesteps(steps);
    CHECK(std::is_sorted(timesteps.begin(), timesteps.end()));
    CHECK(timesteps.back() <= 999);
    CHECK(static_cast<int>(timesteps.size()) >= steps);
  }
}
