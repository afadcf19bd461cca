// Plan: sizes, seeds, steps, names and collisions.
#include "batch/plan.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <functional>

#include "batch/fixture.h"
#include "batch/model_lookup.h"
#include "batch/names.h"
#include "batch/plan_text.h"

namespace redraw {
namespace {

using batch_test::Folder;

Recipe recipe_in(const Folder& folder, std::vector<std::string> inputs) {
  Recipe recipe;
  recipe.inputs = std::move(inputs);
  recipe.output = folder.text("out");
  recipe.model = folder.write("model.safetensors", "x");
  recipe.seed = 7;
  return recipe;
}

std::string only_error(const Plan& plan) {
  REQUIRE(plan.errors.size() == 1);
  return plan.errors[0].message();
}

std::vector<std::string> outputs_of(const Plan& plan) {
  std::vector<std::string> names;
  for (const Job& job : plan.jobs) names.push_back(job.output_path.filename().string());
  return names;
}

using Names = std::vector<std::string>;

TEST_CASE("sizes: the input's, a factor truncated, or what is asked with the proportion kept") {
  Recipe recipe;
  CHECK(asked_size(recipe, {33, 20}) == Size{33, 20});
  recipe.scale = 1.5;
  CHECK(asked_size(recipe, {33, 20}) == Size{49, 30});
  recipe.scale = 0.01;
  CHECK(asked_size(recipe, {33, 20}) == Size{1, 1});
  recipe.scale.reset();
  recipe.width = 100;
  CHECK(asked_size(recipe, {33, 20}) == Size{100, 61});
  recipe.height = 50;
  CHECK(asked_size(recipe, {33, 20}) == Size{100, 50});
  recipe.width.reset();
  CHECK(asked_size(recipe, {33, 20}) == Size{83, 50});
}

TEST_CASE("tiles: what they do not go with is refused in words, what does nothing is said") {
  const Folder folder;
  const auto plan_with = [&](const std::function<void(Recipe&)>& change) {
    Recipe recipe = recipe_in(folder, {folder.picture("a.png", 64, 64)});
    recipe.tile = "64";
    recipe.tile_overlap = 16;
    recipe.tile_mode = TileMode::kSingle;
    change(recipe);
    return make_plan(recipe);
  };
  const std::string mask = folder.picture("m.png", 64, 64);
  CHECK(plan_with([](Recipe&) {}).errors.empty());
  CHECK(plan_with([&](Recipe& r) { r.mask = mask; }).errors.empty());
  CHECK(plan_with([](Recipe& r) { r.tile_overlap = 64; }).errors.size() == 1);
  CHECK(plan_with([](Recipe& r) { r.tile = "auto"; r.tile_overlap = 512; }).errors.size() == 1);
  CHECK_THAT(only_error(plan_with([&](Recipe& r) { r.mask = mask; r.inpaint_area = InpaintArea::kOnlyMasked; })),
             Catch::Contains("tile_mode: single and inpaint_area: only_masked do not go together"));
  CHECK_THAT(only_error(plan_with([&](Recipe& r) {
               r.mask = mask;
               r.soft_inpainting = true;
             })),
             Catch::Contains("single and soft_inpainting"));
  CHECK_THAT(only_error(plan_with([](Recipe& r) { r.resize_mode = ResizeMode::kLatent; })),
             Catch::Contains("single and resize_mode: latent"));
  CHECK_THAT(only_error(plan_with([](Recipe& r) { r.tiling = true; })),
             Catch::Contains("tile and tiling do not go together"));
  CHECK(plan_with([](Recipe& r) { r.tile = "off"; }).notes == Names{"tile_mode does nothing without a tile"});
}

TEST_CASE("the model sees sides that are multiples of 8, the result keeps the asked size") {
  const Folder folder;
  const Plan plan = make_plan(recipe_in(folder, {folder.picture("a.png", 33, 20), folder.picture("b.png", 1, 1)}));
  REQUIRE(plan.errors.empty());
  REQUIRE(plan.jobs.size() == 2);
  CHECK(plan.jobs[0].target_size == Size{33, 20});
  CHECK(plan.jobs[0].work_size == Size{40, 24});
  CHECK(plan.jobs[1].work_size == Size{8, 8});
  CHECK(plan.jobs[0].steps_run == 16);
  CHECK(plan.jobs[0].steps_total == 20);
  CHECK(plan.jobs[0].recipe.scheduler == "karras");
  CHECK(plan.jobs[0].recipe.inputs == Names{folder.text("a.png")});
}

TEST_CASE("only_masked works at the asked size and keeps the source's") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png", 64, 40)});
  recipe.mask = folder.picture("mask.png", 64, 40);
  recipe.inpaint_area = InpaintArea::kOnlyMasked;
  recipe.width = recipe.height = 30;
  const Plan plan = make_plan(recipe);
  REQUIRE(plan.jobs.size() == 1);
  CHECK(plan.jobs[0].target_size == Size{64, 40});
  CHECK(plan.jobs[0].work_size == Size{32, 32});
  recipe.mask = folder.picture("small.png", 32, 20);
  const Plan wrong = make_plan(recipe);
  REQUIRE(wrong.failures.size() == 1);
  CHECK_THAT(wrong.failures[0].error.what(), Catch::Contains("32x20"));
}

TEST_CASE("seeds count on over pictures and variants, or stay for each picture") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png"), folder.picture("b.png")});
  recipe.count = 2;
  const auto seeds = [&] {
    std::vector<std::int64_t> all;
    for (const Job& job : make_plan(recipe).jobs) all.push_back(job.seed);
    return all;
  };
  CHECK(seeds() == std::vector<std::int64_t>{7, 8, 9, 10});
  recipe.seed_mode = SeedMode::kFixed;
  CHECK(seeds() == std::vector<std::int64_t>{7, 8, 7, 8});
  recipe.seed = 4294967295;  // A1111 counts on beyond 32 bits too, which rng nv takes
  CHECK(seeds()[1] == 4294967296);
  recipe.seed = -1;
  const Plan drawn = make_plan(recipe);
  CHECK(drawn.seed_drawn);
  CHECK(drawn.jobs[0].seed >= 0);
  CHECK(drawn.jobs[0].recipe.seed == drawn.jobs[0].seed);
}

TEST_CASE("seeds by name or content do not depend on the other pictures, nor on where the folder lies") {
  const Folder folder;
  const std::string a = folder.picture("in/a.png"), b = folder.picture("in/b.png", 16, 8),
                    copy = folder.picture("other/a.png");
  for (const SeedMode mode : {SeedMode::kName, SeedMode::kContent}) {
    Recipe recipe = recipe_in(folder, {b, a});
    recipe.seed_mode = mode;
    recipe.count = 2;
    const Plan both = make_plan(recipe);
    REQUIRE(both.jobs.size() == 4);
    CHECK(both.jobs[0].seed != both.jobs[2].seed);
    CHECK(both.jobs[3].seed == both.jobs[2].seed + 1);
    recipe.inputs = {copy};
    recipe.output = folder.text("out2");
    CHECK(make_plan(recipe).jobs[0].seed == both.jobs[2].seed);
    Recipe again = both.jobs[3].recipe;  // gives this one picture again
    again.output = folder.text("out3");
    CHECK(make_plan(again).jobs.at(0).seed == both.jobs[3].seed);
    recipe.seed = 8;
    CHECK(make_plan(recipe).jobs[0].seed != both.jobs[2].seed);
    recipe.seed = -1;  // nothing is drawn: the name or content is enough
    CHECK_FALSE(make_plan(recipe).seed_drawn);
    CHECK(make_plan(recipe).jobs[0].seed == make_plan(recipe).jobs[0].seed);
  }
}

TEST_CASE("variations share the seed and count on their own") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png"), folder.picture("b.png")});
  recipe.count = 2;
  recipe.variation_seed = 20;
  recipe.variation_strength = 0.5;
  const Plan plan = make_plan(recipe);
  REQUIRE(plan.jobs.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(plan.jobs[i].seed == 7);
    CHECK(plan.jobs[i].variation_seed == 20 + static_cast<std::int64_t>(i));
    CHECK(plan.jobs[i].recipe.variation_seed == plan.jobs[i].variation_seed);
  }
  recipe.variation_seed = -1;
  CHECK(make_plan(recipe).seed_drawn);
}

TEST_CASE("a sampler that would make no step is refused") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png")});
  recipe.sampler = "ddim";
  recipe.denoise = 0.05;
  CHECK_THAT(only_error(make_plan(recipe)), Catch::Contains("DDIM makes no step"));
  recipe.sampler = "euler";
  CHECK(make_plan(recipe).jobs.at(0).steps_run == 2);
  recipe.denoise = 0;
  recipe.exact_steps = true;
  CHECK_THAT(only_error(make_plan(recipe)), Catch::Contains("no step"));
  recipe.exact_steps = false;
  recipe.sampler = "dpm_fast";
  CHECK_THAT(only_error(make_plan(recipe)), Catch::Contains("DPM fast makes only 1 step with denoise 0 and 20 steps") &&
                                                Catch::Contains("at least 2"));
  recipe.sampler = "unipc";
  recipe.denoise = 0.1;
  CHECK_THAT(only_error(make_plan(recipe)),
             Catch::Contains("UniPC makes only 2 steps") && Catch::Contains("lower unipc_order"));
  recipe.unipc_order = 2;
  CHECK(make_plan(recipe).jobs.at(0).steps_run == 2);
}

TEST_CASE("a schedule that would not fall is refused") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png")});
  recipe.sigma_min = 5;
  CHECK(make_plan(recipe).errors.empty());
  recipe.sigma_max = 1;
  CHECK_THAT(only_error(make_plan(recipe)), Catch::Contains("cannot go from 1 down to 5"));
  recipe.sigma_max = 0;
  recipe.sigma_min = 20;
  CHECK_THAT(only_error(make_plan(recipe)), Catch::Contains("about 0.0292 and 14.6"));
  recipe.noise_schedule = NoiseSchedule::kZeroTerminalSnr;
  CHECK(make_plan(recipe).errors.empty());
}

TEST_CASE("broken and huge pictures fail alone") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("good.png"), folder.write("text.png", "hello"),
                                     folder.picture("long.png", 16, 3), folder.write("cut.png", "\x89PNG\r\n\x1a\n")});
  recipe.scale = 16;
  recipe.width.reset();
  Plan plan = make_plan(recipe);
  CHECK(plan.errors.empty());
  CHECK(outputs_of(plan) == Names{"good.png", "long.png"});
  REQUIRE(plan.failures.size() == 2);
  CHECK(plan.failures[0].error.kind() == ErrorKind::kFile);
  CHECK(plan.failures[1].error.kind() == ErrorKind::kFile);
  recipe = recipe_in(folder, {folder.picture("wide.png", 5000, 1)});
  recipe.width = 5000;
  recipe.height = 5000;
  plan = make_plan(recipe);
  REQUIRE(plan.failures.size() == 1);
  CHECK_THAT(plan.failures[0].error.message(), Catch::Contains("5000x5000") && Catch::Contains("4096x4096"));
}

TEST_CASE("names: words, variants, unknown words, other suffixes, ways out of the folder") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png")});
  recipe.name = "[stem]_[seed]_[width]x[height]_[sampler]_[scheduler]_[denoising]_[cfg]_[steps]_[model_name]_[index]";
  CHECK(outputs_of(make_plan(recipe)) == Names{"a_7_16x16_DPM++ 2M_Karras_0.75_7_20_model_1.png"});
  recipe.name = "[rel_dir]/[stem].png";
  recipe.count = 2;
  CHECK(outputs_of(make_plan(recipe)) == Names{"a-1.png", "a-2.png"});
  recipe.name = "[stem]-[seed]";
  CHECK(outputs_of(make_plan(recipe)) == Names{"a-7.png", "a-8.png"});
  recipe.name = "[sed].png";
  CHECK_THAT(only_error(make_plan(recipe)), Catch::Contains("[sed]") && Catch::Contains("[seed]"));
  recipe.name = "[stem].jpg";
  CHECK_THAT(only_error(make_plan(recipe)), Catch::Contains(".jpg"));
  recipe.name = "../[stem].png";
  CHECK_THAT(only_error(make_plan(recipe)), Catch::Contains("leaves the output folder"));
}

TEST_CASE("a tree is kept below the output folder") {
  const Folder folder;
  folder.picture("in/a.png");
  folder.picture("in/sub/a.png");
  Recipe recipe = recipe_in(folder, {folder.text("in")});
  recipe.recursive = true;
  const Plan plan = make_plan(recipe);
  REQUIRE(plan.jobs.size() == 2);
  CHECK(plan.jobs[0].output_path == folder / "out/a.png");
  CHECK(plan.jobs[1].output_path == folder / "out/sub/a.png");
}

TEST_CASE("prompts: comments are gone from every job, and an extra network is refused by its name") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png", 8, 8)});
  recipe.prompt = "a cat # <lora:old:1>\non a mat";
  recipe.negative_prompt = "# none";
  const Plan plan = make_plan(recipe);
  REQUIRE(plan.errors.empty());
  CHECK(plan.jobs[0].recipe.prompt == "a cat \non a mat");
  CHECK(plan.jobs[0].recipe.negative_prompt == "\n");
  recipe.prompt = "a cat <lora:soft:0.8>";
  CHECK_THAT(only_error(make_plan(recipe)), Catch::Contains("there is no LoRA \"soft\""));
}

TEST_CASE("two results of one name are an error that names both inputs") {
  const Folder folder;
  const Plan plan = make_plan(recipe_in(folder, {folder.picture("x/a.png"), folder.picture("y/a.png")}));
  CHECK_THAT(only_error(plan), Catch::Contains("x/a.png") && Catch::Contains("y/a.png"));
}

TEST_CASE("an output that is an input or a mask is refused whatever existing says") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png")});
  recipe.output = folder.text("");
  for (const Existing existing : {Existing::kError, Existing::kSkip, Existing::kOverwrite}) {
    recipe.existing = existing;
    CHECK_THAT(only_error(make_plan(recipe)), Catch::Contains("would replace the input"));
  }
  recipe.existing = Existing::kRename;
  CHECK(outputs_of(make_plan(recipe)) == Names{"a-1.png"});
  recipe.existing = Existing::kOverwrite;
  recipe.mask = folder.picture("m.png");
  recipe.output = recipe.mask;
  CHECK_THAT(only_error(make_plan(recipe)), Catch::Contains("would replace a mask"));
}

TEST_CASE("existing results: error, skip, overwrite, rename") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png"), folder.picture("b.png")});
  folder.write("out/a.png", "old");
  CHECK_THAT(only_error(make_plan(recipe)), Catch::Contains("is there already"));
  recipe.existing = Existing::kSkip;
  CHECK(outputs_of(make_plan(recipe)) == Names{"b.png"});
  CHECK(make_plan(recipe).skipped.size() == 1);
  recipe.existing = Existing::kOverwrite;
  CHECK(outputs_of(make_plan(recipe)) == Names{"a.png", "b.png"});
  recipe.existing = Existing::kRename;
  CHECK(outputs_of(make_plan(recipe)) == Names{"a-1.png", "b.png"});
}

TEST_CASE("the output: one .png file for one result, no other kind, a folder that can be written") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png")});
  recipe.output = folder.text("one.png");
  CHECK(outputs_of(make_plan(recipe)) == Names{"one.png"});
  recipe.count = 2;
  CHECK_THAT(only_error(make_plan(recipe)), Catch::Contains("2 results for one file"));
  recipe.output = folder.text("one.jpg");
  CHECK_THAT(only_error(make_plan(recipe)), Catch::Contains("no PNG file"));
  recipe.output = folder.write("file", "x") + "/out";
  const Plan plan = make_plan(recipe);
  CHECK(plan.errors.at(0).kind() == ErrorKind::kFile);
  CHECK_THAT(only_error(plan), Catch::Contains("Not a directory"));
}

TEST_CASE("models are found by path and by name, and a missing one names the folders") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png")});
  ::setenv("REDRAW_MODELS", folder.text("").c_str(), 1);
  recipe.model = "model";
  CHECK(make_plan(recipe).model_path.filename() == "model.safetensors");
  recipe.model = "absent";
  const Plan plan = make_plan(recipe);
  ::unsetenv("REDRAW_MODELS");
  CHECK(plan.errors.at(0).kind() == ErrorKind::kModel);
  CHECK_THAT(only_error(plan), Catch::Contains(folder.text("")));
}

TEST_CASE("a bare name finds .safetensors, then .ckpt, then a file of just this name") {
  const Folder folder;
  Recipe recipe;
  recipe.model = "v1.5";
  ::setenv("REDRAW_MODELS", folder.text("").c_str(), 1);
  const auto found = [&] { return find_model(recipe).filename(); };
  for (const char* file : {"v1.5", "v1.5.ckpt", "v1.5.safetensors"}) {
    folder.write(file, "model");
    CHECK(found() == file);
  }
  recipe.model = "v1.5.ckpt";
  CHECK(found() == "v1.5.ckpt");
  ::unsetenv("REDRAW_MODELS");
}

TEST_CASE("all mistakes of a request are told at once") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.text("no.png")});
  recipe.model = folder.text("no.safetensors");
  recipe.name = "[what].png";
  CHECK(make_plan(recipe).errors.size() == 3);
}

TEST_CASE("a plan of 10000 pictures takes seconds") {
  const Folder folder;
  const auto png = encode_png(Image(8, 8, 3), {});
  for (int i = 0; i < 10000; ++i) folder.write("in/" + std::to_string(i) + ".png", std::string(png.begin(), png.end()));
  const auto start = std::chrono::steady_clock::now();
  const Recipe recipe = recipe_in(folder, {folder.text("in")});
  const Plan plan = make_plan(recipe);
  const std::string text = plan_as_text(recipe, plan);
  CHECK(plan.jobs.size() == 10000);
  CHECK(plan.jobs[9999].seed == 7 + 9999);
  CHECK_THAT(text, Catch::Contains("10000 to write"));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
}

TEST_CASE("the plan's text gives the crop region of the mask") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png", 64, 64)});
  Image mask(64, 64, 1);
  for (int y = 24; y < 40; ++y)
    for (int x = 24; x < 40; ++x) *mask.at(x, y) = 255;
  recipe.mask = folder.picture("mask.png", mask);
  recipe.inpaint_area = InpaintArea::kOnlyMasked;
  recipe.mask_blur_x = recipe.mask_blur_y = 0;
  recipe.padding = 4;
  CHECK_THAT(plan_as_text(recipe, make_plan(recipe)), Catch::Contains("crop 24x24 at 20,20"));
}

}  // namespace
}  // namespace redraw
