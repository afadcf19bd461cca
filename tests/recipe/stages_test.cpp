// Stages: partial recipes become whole ones; what they may not say; their way through YAML and back.
#include "recipe/stages.h"

#include <catch2/catch.hpp>

#include "recipe/chunk_settings.h"
#include "recipe/options.h"
#include "recipe/yaml.h"
#include "support/temp_folder.h"

namespace redraw {
namespace {

/// The recipe of a file, and flags over it; every error, as text.
struct Read {
  Recipe recipe;
  std::string errors;

  explicit Read(const std::string& yaml, std::vector<Setting> flags = {}) {
    const test::TempFolder folder;
    folder.write("base.yaml", "denoise: 0.2\nmask: m.png\n");
    std::vector<Error> found;
    for (auto& layer : read_recipe(folder.write("r.yaml", yaml), found))
      add(found, apply_settings(recipe, std::move(layer)));
    add(found, apply_settings(recipe, std::move(flags)));
    for (const Error& error : found) errors += error.message() + "\n";
  }
  std::vector<Recipe> stages() const {
    std::vector<Error> none;
    return stage_recipes(recipe, none);
  }

 private:
  static void add(std::vector<Error>& all, const std::vector<Error>& more) {
    all.insert(all.end(), more.begin(), more.end());
  }
};

TEST_CASE("a stage is the recipe with its own settings laid over it", "[recipe]") {
  const Read read(
      "steps: 8\nprompt: lake\nstages:\n  - denoise: 0.85\n  - {denoise: 0.7, prompt: boat}\n  - extends: "
      "base.yaml\nseed: 5\n");
  CHECK(read.errors.empty());
  const auto stages = read.stages();
  REQUIRE(stages.size() == 3);
  CHECK(stages[0].denoise == 0.85);
  CHECK(stages[1].denoise == 0.7);
  CHECK(stages[2].denoise == 0.2);
  CHECK(stages[2].mask.ends_with("/m.png"));
  CHECK(stages[0].prompt == "lake");
  CHECK(stages[1].prompt == "boat");
  for (const Recipe& stage : stages) {
    CHECK(stage.steps == 8);
    CHECK(stage.stages.empty());
  }
}

TEST_CASE("seeds count on from stage to stage, unless a stage has its own; a flag holds for all", "[recipe]") {
  const std::string yaml = "seed: 5\nstages:\n  - denoise: 0.5\n  - seed: 40\n  - denoise: 0.6\n";
  const auto seeds = [](const std::vector<Recipe>& stages) {
    return std::vector<std::int64_t>{stages[0].seed, stages[1].seed, stages[2].seed};
  };
  CHECK(seeds(Read(yaml).stages()) == std::vector<std::int64_t>{5, 40, 7});
  const auto flagged = Read(yaml, {{"seed", {"90"}, "--seed", {}}, {"denoise", {"0.1"}, "-d", {}}}).stages();
  CHECK(seeds(flagged) == std::vector<std::int64_t>{90, 91, 92});
  for (const Recipe& stage : flagged) CHECK(stage.denoise == 0.1);
}

TEST_CASE("a recipe without stages is its own only stage", "[recipe]") {
  const auto stages = Read("denoise: 0.3\n").stages();
  REQUIRE(stages.size() == 1);
  CHECK(stages[0].denoise == 0.3);
}

TEST_CASE("what a stage says wrongly is named with line and column", "[recipe]") {
  const auto [yaml, message] = GENERATE(table<std::string, std::string>(
      {{"stages:\n  - denoise: 3\n", "r.yaml:2:14"},
       {"stages:\n  - denois: 0.3\n", "did you mean denoise?"},
       {"stages:\n  - device: cpu\n", "device stands in a stage"},
       {"stages:\n  - stages: [{denoise: 1}]\n", "stages stands in a stage"},
       {"stages: []\n", "stages holds no stage"},
       {"stages: 3\n", "stages holds no stage"},
       {"stages: {denoise: 1}\n", "stages holds no stage"},
       {"stages:\n  - 0.5\n", "a stage is no list of settings"},
       {"scale: 2\nstages: [{denoise: 0.5}, {denoise: 0.2}]\n", "scale stands outside the stages"},
       {"stage:\n  - denoise: 0.5\n", "did you mean stages?"}}));
  INFO(yaml);
  CHECK_THAT(Read(yaml).errors, Catch::Contains(message));
}

TEST_CASE("a recipe with stages is written and read back", "[recipe]") {
  const Read first(
      "seed: 5\nsteps: 8\nstages:\n  - denoise: 0.85\n  - {mask: alpha, masked_content: latent_noise, prompt: \"a: "
      "b\"}\n");
  const Read again(write_recipe(first.recipe));
  INFO(write_recipe(first.recipe));
  REQUIRE(again.errors.empty());
  REQUIRE(again.stages().size() == 2);
  for (std::size_t i = 0; i < 2; ++i) CHECK(write_recipe(again.stages()[i]) == write_recipe(first.stages()[i]));
}

TEST_CASE("the chunk of a picture made in stages gives them back, with what they share said once", "[recipe]") {
  const std::string chunk = R"({"schema": 1, "recipe": {"denoise": 0.2, "steps": 8, "seed": 6, "inputs": ["x.png"]},
    "input": {"path": "cache/1.png"}, "job": {"seed": 6},
    "stages": [{"recipe": {"denoise": 0.8, "steps": 8, "seed": 5, "inputs": ["x.png"]}, "input": {"path": "x.png"}, "job": {"seed": 5}}]})";
  Recipe recipe;
  REQUIRE(apply_settings(recipe, settings_of_chunk(chunk, "a.png")).empty());
  CHECK(recipe.inputs == std::vector<std::string>{"x.png"});
  CHECK(recipe.steps == 8);
  CHECK(recipe.seed == 5);
  REQUIRE(recipe.stages.size() == 2);
  CHECK(recipe.stages[0].size() == 1);
  std::vector<Error> none;
  const auto stages = stage_recipes(recipe, none);
  CHECK(stages[0].denoise == 0.8);
  CHECK(stages[1].denoise == 0.2);
  CHECK(stages[1].seed == 6);
}

}  // namespace
}  // namespace redraw
