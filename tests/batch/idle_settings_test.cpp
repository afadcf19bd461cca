// Tests of batch/idle_settings: what was asked and changes nothing is named.
#include "batch/idle_settings.h"

#include <catch2/catch.hpp>

#include "schedule/samplers.h"

using namespace redraw;

namespace {

std::vector<std::string> keys_of(const Recipe& recipe) {
  std::vector<std::string> keys;
  for (const IdleSetting& idle : idle_settings(recipe)) keys.push_back(idle.key);
  return keys;
}

Recipe with(const char* sampler) {
  Recipe recipe;
  recipe.sampler = sampler;
  return recipe;
}

using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("idle settings: a plain recipe has none, whatever the sampler", "[batch][table]") {
  for (const SamplerRow& row : samplers()) CHECK(keys_of(with(row.name.data())).empty());
}

TEST_CASE("idle settings: eta counts for the samplers that read it", "[batch][table]") {
  for (const SamplerRow& row : samplers()) {
    INFO(std::string(row.name));
    Recipe recipe = with(row.name.data());
    recipe.eta = 0.5;
    CHECK(keys_of(recipe) == (row.eta ? Keys{} : Keys{"eta"}));
  }
  Recipe recipe = with("euler");
  recipe.eta = 1;
  CHECK(idle_settings(recipe)[0].what == "eta does nothing with Euler");
}

TEST_CASE("idle settings: churn's limits and noise need churn", "[batch]") {
  Recipe recipe = with("heun");
  recipe.s_tmax = 3;
  recipe.s_noise = 1.1;
  CHECK(keys_of(recipe) == Keys{"s_tmax", "s_noise"});
  recipe.s_churn = 2;
  CHECK(keys_of(recipe).empty());
  recipe.sampler = "euler_a";
  CHECK(keys_of(recipe) == Keys{"s_churn", "s_noise", "s_tmax"});
  recipe.sampler = "dpmpp_sde";
  recipe.s_churn = recipe.s_tmax = 0;
  CHECK(keys_of(recipe).empty());
}

TEST_CASE("idle settings: limits, rho and beta's numbers hang on the schedule, and DDIM's kin has none", "[batch]") {
  Recipe recipe = with("euler");
  recipe.sigma_min = 0.1;
  recipe.rho = 5;
  recipe.beta_alpha = 1;
  CHECK(keys_of(recipe) == Keys{"sigma_min", "rho", "beta_alpha"});
  recipe.scheduler = "karras";
  CHECK(keys_of(recipe) == Keys{"beta_alpha"});
  recipe.sampler = "ddim";
  CHECK(keys_of(recipe) == Keys{"scheduler", "sigma_min", "rho", "beta_alpha"});
}

TEST_CASE("idle settings: UniPC's are UniPC's", "[batch]") {
  Recipe recipe = with("unipc");
  recipe.unipc_order = 2;
  CHECK(keys_of(recipe).empty());
  recipe.sampler = "plms";
  CHECK(idle_settings(recipe)[0].what == "unipc_order does nothing with PLMS");
}
