// Command lines cut into flags and words.
#include "cli/flags.h"

#include <catch2/catch.hpp>

#include "cli/request.h"

using namespace redraw;
using Words = std::vector<std::string>;

namespace {

Recipe recipe_of(const Words& args) {
  const Request request = read_request(args);
  for (const Error& error : request.errors) UNSCOPED_INFO(error.message());
  REQUIRE(request.errors.empty());
  return request.recipe;
}

}  // namespace

TEST_CASE("flags: long, short, glued, with =, by alias; the last one counts", "[cli]") {
  const Words args = GENERATE(Words{"--denoise", "0.3"}, Words{"--denoise=0.3"}, Words{"-d", "0.3"}, Words{"-d0.3"},
                              Words{"--strength", "0.3"}, Words{"-d", "0.9", "--denoise", "0.3"});
  CHECK(recipe_of(args).denoise == 0.3);
}

TEST_CASE("flags: every origin is what was typed", "[cli]") {
  const Recipe recipe = recipe_of({"a.png", "-d", "0.3", "--cfg=5", "--no-strict", "--mask-blur", "9"});
  CHECK(recipe.origins.at("denoise") == "-d");
  CHECK(recipe.origins.at("cfg_scale") == "--cfg");
  CHECK(recipe.origins.at("strict") == "--no-strict");
  CHECK(recipe.origins.at("mask_blur_x") == "--mask-blur");
  CHECK(recipe.origins.at("inputs") == "command line");
}

TEST_CASE("flags: switches go on and off", "[cli]") {
  CHECK(recipe_of({"--exact-steps"}).exact_steps);
  CHECK_FALSE(recipe_of({"--exact-steps", "--no-exact-steps"}).exact_steps);
  CHECK_FALSE(recipe_of({"--exact-steps=false"}).exact_steps);
  CHECK(recipe_of({"--no-exact-steps=false"}).exact_steps);
  CHECK(recipe_of({"-r", "a", "b"}).inputs == Words{"a", "b"});
  CHECK(read_request({"-rq"}).run.quiet);
  CHECK_FALSE(read_request({"--no-progress"}).run.progress);
  CHECK(read_request({}).run.progress);
}

TEST_CASE("flags: values that look like flags, lists or nothing stay as they are", "[cli]") {
  CHECK(recipe_of({"--seed", "-1"}).seed == -1);
  CHECK(recipe_of({"-p", "[a, b]"}).prompt == "[a, b]");
  CHECK(recipe_of({"--prompt=--steps"}).prompt == "--steps");
  CHECK(recipe_of({"--prompt=", "a.png"}).inputs == Words{"a.png"});
  CHECK(recipe_of({"-n", ""}).negative_prompt.empty());
  CHECK(recipe_of({"[a]", "{b}", "c,d", "-"}).inputs == Words{"[a]", "{b}", "c,d", "-"});
  CHECK(recipe_of({"a", "--", "-b", "--steps"}).inputs == Words{"a", "-b", "--steps"});
}

TEST_CASE("flags win over the recipe, a later recipe over an earlier one", "[cli]") {
  CHECK(recipe_of({"--steps", "7"}).steps == 7);
  const std::string inpaint = REDRAW_SOURCE_DIR "/configs/inpaint.yaml";
  const std::string folder = REDRAW_SOURCE_DIR "/configs/redraw_folder.yaml";
  CHECK(recipe_of({"-R", inpaint}).denoise == 0.5);
  CHECK(recipe_of({"-R", inpaint, "-R", folder}).denoise == 0.35);
  CHECK(recipe_of({"-d", "0.2", "-R", inpaint, "-R", folder}).denoise == 0.2);
}
