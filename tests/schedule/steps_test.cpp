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

Recipe recipe_of(const char* name, int steps, double denoise) {
  Recipe recipe;
  recipe.sampler = name;
  recipe.steps = steps;
  recipe.denoise = denoise;
  return recipe;
}

StepCount counted(const char* name, int steps, double denoise, bool exact = false) {
  Recipe recipe = recipe_of(name, steps, denoise);
  recipe.exact_steps = exact;
  return count_steps(recipe, levels());
}

int run_of(const char* name, int steps, double denoise, bool exact = false) {
  return counted(name, steps, denoise, exact).run;
}

}  // namespace

TEST_CASE("steps: A1111's rule is int(min(denoise, 0.999) * steps) + 1", "[schedule]") {
  struct Row { int steps; double denoise; int run; };
  for (const Row& row : {Row{20, 0.75, 16}, Row{20, 0.0, 1}, Row{20, 1.0, 20}, Row{1, 1.0, 1}, Row{100, 0.57, 57},
                         Row{100, 0.29, 29}, Row{150, 0.5, 76}}) {
    INFO(row.steps << " steps, denoise " << row.denoise);
    const Steps steps = img2img_steps(row.steps, row.denoise, false);
    CHECK(run_of("euler", row.steps, row.denoise) == row.run);
    CHECK(steps.total == row.steps);
    CHECK(steps.t_enc == row.run - 1);
  }
}

TEST_CASE("steps: exact steps are made as asked, of a longer schedule", "[schedule]") {
  for (const double denoise : {0.1, 0.5, 0.75, 1.0}) {
    const Steps steps = img2img_steps(20, denoise, true);
    CHECK(run_of("euler", 20, denoise, true) == 20);
    CHECK(steps.total == static_cast<int>(20 / std::min(denoise, 0.999)));
  }
  CHECK(img2img_steps(20, 0, true).total == 0);
  CHECK(run_of("euler", 20, 0, true) == 0);
}

TEST_CASE("steps: DDIM, its kin and PLMS make two fewer, UniPC one, never less than none", "[schedule]") {
  for (const char* name : {"ddim", "ddim_cfgpp", "plms"}) {
    CHECK(run_of(name, 20, 0.75) == 14);
    CHECK(run_of(name, 20, 0.0) == 0);
    CHECK(run_of(name, 20, 0.75, true) == 18);
  }
  CHECK(run_of("unipc", 20, 0.75) == 15);
  CHECK(run_of("unipc", 20, 0.0) == 0);
}

TEST_CASE("steps: DPM fast reports one step for three calls of the model", "[schedule]") {
  CHECK(run_of("dpm_fast", 12, 0.75) == 4);   // 10 calls: 3, 3, 3, 1
  CHECK(run_of("dpm_fast", 12, 0.7) == 4);    // 9 calls: 3, 3, 2, 1
  CHECK(run_of("dpm_fast", 6, 0.5) == 2);     // 4 calls: 3, 1
}

TEST_CASE("steps: samplers that need more than one step say so", "[schedule][table]") {
  for (const char* name : {"dpm_fast", "dpm_adaptive", "dpmpp_2m_sde", "dpmpp_3m_sde"})
    CHECK(counted(name, 10, 0).least == 2);
  CHECK(counted("euler", 10, 0).least == 1);
  Recipe recipe = recipe_of("unipc", 10, 0.2);
  CHECK(count_steps(recipe, levels()).least == 3);
  recipe.unipc_order = 2;
  CHECK(count_steps(recipe, levels()).least == 2);
}

TEST_CASE("steps: the sigmas used are the end of the schedule, one more than steps are run", "[schedule][table]") {
  for (const SchedulerRow& row : schedulers()) {
    if (row.name == "ddim") continue;
    for (const double denoise : {0.0, 0.3, 0.75, 1.0}) {
      for (const char* name : {"euler", "dpm2"}) {
        INFO(std::string(row.name) << ", denoise " << denoise << ", " << name);
        const auto all = sampler_sigmas(sampler(name), row, 20, levels(), {});
        const auto used = img2img_sigmas(all, img2img_steps(20, denoise, false));
        REQUIRE(used.size() == static_cast<std::size_t>(run_of(name, 20, denoise)) + 1);
        CHECK(std::equal(used.rbegin(), used.rend(), all.rbegin()));
      }
    }
  }
}

TEST_CASE("steps: the last sigma but one is left out by the sampler or by the setting, never twice", "[schedule]") {
  const SchedulerRow& karras = *find_scheduler("karras");
  ScheduleSettings discard;
  discard.discard_penultimate = true;
  const auto longer = schedule_sigmas(karras, 11, levels());
  const auto left_out = sampler_sigmas(sampler("euler"), karras, 10, levels(), discard);
  REQUIRE(left_out.size() == 11);
  CHECK(std::equal(left_out.begin(), left_out.end() - 1, longer.begin()));
  CHECK(left_out.back() == 0);
  CHECK(sampler_sigmas(sampler("dpm2"), karras, 10, levels(), {}) == left_out);
  CHECK(sampler_sigmas(sampler("dpm2"), karras, 10, levels(), discard) == left_out);
  CHECK(ddim_timesteps(10, true) == ddim_timesteps(11, false));
}

TEST_CASE("steps: DDIM's timesteps rise by 1000 / steps from 1 and stay below 1000", "[schedule]") {
  CHECK(ddim_timesteps(4, false) == std::vector<int>{1, 251, 501, 751});
  CHECK(ddim_timesteps(1, false) == std::vector<int>{1});
  for (const int steps : {3, 7, 20, 150, 1000}) {
    const auto timesteps = ddim_timesteps(steps, false);
    CHECK(std::is_sorted(timesteps.begin(), timesteps.end()));
    CHECK(timesteps.back() <= 999);
    CHECK(static_cast<int>(timesteps.size()) >= steps);
  }
}
