// Stages: each is made once, kept by content, and the last result tells of all.
#include "batch/run_stages.h"

#include <catch2/catch.hpp>

#include <csignal>

#include <nlohmann/json.hpp>

#include "batch/fixture.h"
#include "batch/resume.h"
#include "batch/run_plan.h"
#include "image/read.h"
#include "support/pictures.h"

namespace redraw {
namespace {

using batch_test::Folder;
using batch_test::InvertingEngine;

Setting setting(const std::string& key, const std::string& value) { return {key, {value}, "r.yaml:1:1", {}}; }

/// Three stages: 0.8, 0.5 and 0.2.
Recipe staged(const Folder& folder, std::vector<std::string> inputs) {
  Recipe recipe;
  recipe.inputs = std::move(inputs);
  recipe.output = folder.text("out");
  recipe.model = folder.write("model.safetensors", "x");
  recipe.seed = 7;
  recipe.existing = Existing::kOverwrite;
  for (const char* denoise : {"0.8", "0.5", "0.2"}) recipe.stages.push_back({setting("denoise", denoise)});
  return recipe;
}

int run(const Recipe& recipe, InvertingEngine& engine, int* engines = nullptr) {
  RunOptions quiet;
  quiet.quiet = true;
  return run_recipe_with(recipe, quiet, [&](const EngineSpec& spec) {
    if (engines != nullptr) ++*engines;
    engine.hash_of(spec.model_path);
    return std::make_unique<batch_test::Borrowed>(engine);
  });
}

std::size_t pictures_made(const Recipe& recipe) {
  InvertingEngine engine;
  REQUIRE(run(recipe, engine) == 0);
  std::size_t made = 0;
  for (const auto& call : engine.calls) made += call.size();
  return made;
}

nlohmann::json chunk_of(const std::filesystem::path& path) {
  return nlohmann::json::parse(png_texts(read_file(path)).at("redraw"));
}

TEST_CASE("each stage redraws the picture of the one before") {
  const Folder folder;
  const Recipe recipe = staged(folder, {folder.picture("a.png"), folder.picture("b.png", 24, 8)});
  InvertingEngine engine;
  int engines = 0;
  REQUIRE(run(recipe, engine, &engines) == 0);
  CHECK(engines == 1);
  CHECK(engine.calls.size() == 6);  // two sizes, three stages
  const Image source = read_image(folder / "a.png"), result = read_image(folder / "out/a.png");
  for (std::size_t i = 0; i < source.data.size(); ++i)
    REQUIRE(result.data[i] == 255 - source.data[i]);  // thrice inverted
  CHECK(read_image(folder / "out/b.png").size() == Size{24, 8});
}

TEST_CASE("finished stages are kept: a change in stage 3 makes stage 3 alone") {
  const Folder folder;
  Recipe recipe = staged(folder, {folder.picture("a.png"), folder.picture("b.png", 24, 8)});
  CHECK(pictures_made(recipe) == 6);
  CHECK(pictures_made(recipe) == 2);  // the last stage is a result, not a cache
  recipe.stages[2] = {setting("denoise", "0.3")};
  CHECK(pictures_made(recipe) == 2);
  recipe.stages[1].push_back(setting("prompt", "boat"));
  CHECK(pictures_made(recipe) == 4);
  recipe.stages[1].pop_back();
  CHECK(pictures_made(recipe) == 2);  // what it was before is still there
  folder.picture("a.png", 16, 24);
  CHECK(pictures_made(recipe) == 4);
  folder.write("model.safetensors", "y");
  CHECK(pictures_made(recipe) == 6);
  recipe.threads = 2;
  recipe.batch = 1;
  CHECK(pictures_made(recipe) == 2);  // neither changes a pixel
}

TEST_CASE("a mask that changes makes its stage and those behind it again") {
  const Folder folder;
  Recipe recipe = staged(folder, {folder.picture("a.png")});
  const std::string mask = folder.picture("m/a.png", test::square_mask({16, 16}, {0, 0, 8, 8}));
  recipe.stages[1].push_back(setting("mask", mask));
  CHECK(pictures_made(recipe) == 3);
  CHECK(pictures_made(recipe) == 1);
  folder.picture("m/a.png", test::square_mask({16, 16}, {0, 0, 8, 16}));
  CHECK(pictures_made(recipe) == 2);
}

TEST_CASE("a resumed run of stages makes what is missing or changed, with the seed that was drawn before") {
  const Folder folder;
  Recipe recipe = staged(folder, {folder.picture("a.png"), folder.picture("b.png", 24, 8)});
  recipe.existing = Existing::kResume;
  recipe.seed = -1;
  CHECK(pictures_made(recipe) == 6);
  const auto seed = [&] { return chunk_of(folder / "out/a.png")["job"]["seed"].get<std::int64_t>(); };
  const std::int64_t drawn = seed();
  CHECK(pictures_made(recipe) == 0);
  std::filesystem::remove(folder / "out/a.png");
  CHECK(pictures_made(recipe) == 1);  // its earlier stages are kept
  CHECK(seed() == drawn);
  recipe.stages[1].push_back(setting("prompt", "boat"));
  CHECK(pictures_made(recipe) == 4);
  CHECK(pictures_made(recipe) == 0);
  folder.picture("b.png", 8, 24);
  CHECK(pictures_made(recipe) == 3);
}

TEST_CASE("the key of a planned picture counts its LoRA files and all stages before it") {
  const Folder folder;
  Job job, stage;
  job.input_path = stage.input_path = folder.picture("a.png");
  job.recipe.model = stage.recipe.model = folder.write("model.safetensors", "x");
  const auto key = [&] {
    FileHashes hashes;
    return planned_key(job, hashes);
  };
  const std::string plain = key();
  CHECK(key() == plain);
  stage.loras = {{"ink", folder.write("ink.safetensors", "one")}};
  job.before = {stage};
  const std::string staged_key = key();
  CHECK(staged_key != plain);
  folder.write("ink.safetensors", "two");
  CHECK(key() != staged_key);
}

TEST_CASE("patterns of masks go by the name of the picture, in every stage") {
  const Folder folder;
  Recipe recipe = staged(folder, {folder.picture("a.png"), folder.picture("b.png")});
  folder.picture("m/a.png", test::square_mask({16, 16}, {0, 0, 16, 16}));
  folder.picture("m/b.png", test::square_mask({16, 16}, {0, 0, 8, 16}));
  recipe.mask_blur_x = recipe.mask_blur_y = 0;
  recipe.stages.resize(2);
  recipe.stages[1].push_back(setting("mask", folder.text("m/{stem}.png")));
  InvertingEngine engine;
  REQUIRE(run(recipe, engine) == 0);
  const Image a = read_image(folder / "a.png"), done = read_image(folder / "out/b.png");
  CHECK(read_image(folder / "out/a.png") == a);         // inverted twice
  CHECK(*done.at(0, 0) == *a.at(0, 0));                 // under the mask too
  CHECK(*done.at(12, 0) == 255 - *a.at(12, 0));         // beside it once
}

TEST_CASE("a damaged file in the cache is made again, and a foreign one too") {
  const Folder folder;
  const Recipe recipe = staged(folder, {folder.picture("a.png")});
  CHECK(pictures_made(recipe) == 3);
  std::size_t kept = 0;
  for (const auto& entry : std::filesystem::directory_iterator(stage_folder(recipe))) {
    CHECK(entry.path().extension() == ".png");
    std::filesystem::resize_file(entry.path(), 40);
    ++kept;
  }
  CHECK(kept == 2);
  CHECK(pictures_made(recipe) == 3);
}

TEST_CASE("sizes go through the stages: each sees the size that the one before gave") {
  const Folder folder;
  Recipe recipe = staged(folder, {folder.picture("a.png", 20, 10)});
  recipe.stages = {{setting("scale", "2")}, {setting("scale", "2")}};
  CHECK(pictures_made(recipe) == 2);
  CHECK(read_image(folder / "out/a.png").size() == Size{80, 40});
}

TEST_CASE("the result tells of all stages; parent and infotext are kept") {
  const Folder folder;
  const Recipe recipe = staged(folder, {folder.picture("a.png", Image(16, 16, 3, 9), {{"parameters", "the parent"}})});
  CHECK(pictures_made(recipe) == 3);
  CHECK_THAT(png_texts(read_file(folder / "out/a.png")).at("parameters"),
             Catch::Contains("Denoising strength: 0.2") && Catch::Contains("Seed: 9"));
  const auto chunk = chunk_of(folder / "out/a.png");
  REQUIRE(chunk.at("stages").size() == 2);
  CHECK(chunk.at("stages")[0].at("recipe").at("denoise") == 0.8);
  CHECK(chunk.at("stages")[0].at("input").at("sha256") == sha256_of_file(folder / "a.png"));
  CHECK(chunk.at("stages")[0].at("parent") == "the parent");
  CHECK(chunk.at("stages")[1].at("recipe").at("denoise") == 0.5);
  CHECK(chunk.at("stages")[1].at("job").at("seed") == 8);
  CHECK_THAT(chunk.at("parent").get<std::string>(), Catch::Contains("Denoising strength: 0.5"));
  CHECK_FALSE(chunk.at("stages")[1].contains("stages"));
}

TEST_CASE("a picture that fails in one stage fails once, and the others go on") {
  const Folder folder;
  const Recipe recipe =
      staged(folder, {folder.picture("a.png"), folder.write("bad.png", "hello"), folder.picture("c.png", 24, 8)});
  InvertingEngine engine;
  CHECK(run(recipe, engine) == 1);
  CHECK(std::filesystem::exists(folder / "out/c.png"));
  engine.most = 0;
  Recipe other = recipe;
  other.stages[0] = {setting("denoise", "0.9")};
  other.inputs = {folder.text("a.png")};
  CHECK(run(other, engine) == 5);
}

TEST_CASE("Ctrl-C in a stage stops there; the next run goes on from it") {
  const Folder folder;
  Recipe recipe = staged(folder, {folder.picture("a.png"), folder.picture("b.png", 24, 8)});
  InvertingEngine engine;
  engine.in_step = [&] { if (engine.calls.size() == 3) std::raise(SIGINT); };
  CHECK(run(recipe, engine) == 130);
  CHECK_FALSE(std::filesystem::exists(folder / "out/a.png"));
  CHECK(pictures_made(recipe) == 3);
}

TEST_CASE("pictures that are alike are made once in a stage") {
  const Folder folder;
  Recipe recipe = staged(folder, {folder.picture("a.png"), folder.picture("b.png")});
  recipe.seed_mode = SeedMode::kFixed;
  CHECK(pictures_made(recipe) == 4);  // 1 + 1 + 2
}

TEST_CASE("the folder of stages is no input, also with -r") {
  const Folder folder;
  Recipe recipe = staged(folder, {folder.picture("a.png")});
  CHECK(pictures_made(recipe) == 3);
  Recipe again;
  again.inputs = {folder.text("out")};
  again.recursive = true;
  CHECK(find_inputs(again).found.size() == 1);
}

}  // namespace
}  // namespace redraw
