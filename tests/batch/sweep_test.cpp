// Sweeps: planned as ordinary jobs, run, resumed, and reported in a sheet, a table and a page.
#include <catch2/catch.hpp>

#include <fstream>

#include "base/csv.h"
#include "batch/fixture.h"
#include "batch/plan.h"
#include "batch/plan_text.h"
#include "batch/run_plan.h"
#include "image/read.h"

namespace redraw {
namespace {

using batch_test::Folder;
using batch_test::InvertingEngine;
using Catch::Contains;
using Names = std::vector<std::string>;

Setting axis(const std::string& key, std::vector<std::string> values) {
  return {key, std::move(values), "r.yaml:1:1", {}};
}

/// denoise 0.2, 0.4, 0.6 and steps 5, 9.
Recipe swept(const Folder& folder, std::vector<std::string> inputs) {
  Recipe recipe;
  recipe.inputs = std::move(inputs);
  recipe.output = folder.text("out");
  recipe.model = folder.write("model.safetensors", "x");
  recipe.seed = 7;
  recipe.sweep = {axis("denoise", {"0.2..0.6 step 0.2"}), axis("steps", {"5", "9"})};
  return recipe;
}

int run(const Recipe& recipe, InvertingEngine& engine, std::vector<std::string>* models = nullptr) {
  RunOptions quiet;
  quiet.quiet = true;
  return run_recipe_with(recipe, quiet, [&](const EngineSpec& spec) {
    if (models != nullptr) models->push_back(std::filesystem::path(spec.model_path).stem().string());
    if (std::filesystem::path(spec.model_path).stem() == "broken")
      throw Error(ErrorKind::kModel, "the model is broken");
    engine.hash_of(spec.model_path);
    return std::make_unique<batch_test::Borrowed>(engine);
  });
}

std::size_t pictures_of(const InvertingEngine& engine) {
  std::size_t made = 0;
  for (const auto& call : engine.calls) made += call.size();
  return made;
}

Names outputs_of(const Plan& plan) {
  Names names;
  for (const Job& job : plan.jobs) names.push_back(job.output_path.filename().string());
  return names;
}

CsvTable table_in(const Folder& folder) { return read_csv(read_file(folder / "out/sweep.csv"), "sweep.csv"); }

std::vector<std::string> column(const CsvTable& table, const std::string& name) {
  const auto found = std::find(table.columns.begin(), table.columns.end(), name);
  REQUIRE(found != table.columns.end());
  std::vector<std::string> values;
  for (const CsvRow& row : table.rows)
    values.push_back(row.fields[static_cast<std::size_t>(found - table.columns.begin())]);
  return values;
}

std::string all_errors(const Plan& plan) {
  std::string text;
  for (const Error& error : plan.errors) text += error.message() + "\n";
  return text;
}

TEST_CASE("each cell is a job of its own, named by its values, with one seed for all") {
  const Folder folder;
  const Plan plan = make_plan(swept(folder, {folder.picture("a.png")}));
  REQUIRE(plan.errors.empty());
  CHECK(outputs_of(plan) == Names{"a_denoise-0.2_steps-5.png", "a_denoise-0.4_steps-5.png", "a_denoise-0.6_steps-5.png",
                                  "a_denoise-0.2_steps-9.png", "a_denoise-0.4_steps-9.png",
                                  "a_denoise-0.6_steps-9.png"});
  for (const Job& job : plan.jobs) CHECK(job.seed == 7);
  CHECK(plan.jobs[1].recipe.denoise == 0.4);
  CHECK(plan.jobs[5].recipe.steps == 9);
  CHECK(plan.jobs[5].own == "denoise 0.6, steps 9");
  CHECK(plan.jobs[5].index == 5);
  CHECK(plan.cells.size() == 6);
}

TEST_CASE("a swept seed is the cell's; a drawn one is drawn once for all cells") {
  const Folder folder;
  Recipe recipe = swept(folder, {folder.picture("a.png"), folder.picture("b.png")});
  recipe.sweep = {axis("seed", {"1", "50"})};
  const Plan seeds = make_plan(recipe);
  REQUIRE(seeds.jobs.size() == 4);
  CHECK(seeds.jobs[0].seed == 1);
  CHECK(seeds.jobs[1].seed == 2);  // the second picture counts on, as ever
  CHECK(seeds.jobs[2].seed == 50);
  CHECK(seeds.jobs[2].output_path.filename() == "a_seed-50.png");
  recipe.seed = -1;
  CHECK_FALSE(make_plan(recipe).seed_drawn);
  recipe.sweep = {axis("denoise", {"0.2", "0.4"})};
  const Plan drawn = make_plan(recipe);
  CHECK(drawn.seed_drawn);
  CHECK(drawn.jobs[0].seed == drawn.jobs[2].seed);
}

TEST_CASE("cells that share model and settings share a call; others do not") {
  const Folder folder;
  Recipe recipe = swept(folder, {folder.picture("a.png")});
  recipe.sweep = {axis("seed", {"1", "2"}), axis("denoise", {"0.2", "0.4"})};
  const Plan plan = make_plan(recipe);
  REQUIRE(plan.jobs.size() == 4);
  CHECK(plan.jobs[0].group == plan.jobs[1].group);
  CHECK(plan.jobs[2].group == plan.jobs[3].group);
  CHECK(plan.jobs[0].group != plan.jobs[2].group);
}

TEST_CASE("cells of one model run together, and a model that does not load fails its cells alone") {
  const Folder folder;
  Recipe recipe = swept(folder, {folder.picture("a.png")});
  const std::string other = folder.write("other.safetensors", "y"), broken = folder.write("broken.safetensors", "z");
  recipe.sweep = {axis("model", {recipe.model, broken, other}), axis("denoise", {"0.2", "0.4"})};
  InvertingEngine engine;
  std::vector<std::string> models;
  CHECK(run(recipe, engine, &models) == 1);
  CHECK(models == Names{"model", "broken", "other"});
  CHECK(pictures_of(engine) == 4);
  CHECK(column(table_in(folder), "state") == Names{"made", "failed", "made", "made", "failed", "made"});
  CHECK(column(table_in(folder), "error")[1] == "the model is broken");
  CHECK_THAT(read_file(folder / "out/sweep.html"),
             Contains("4 made, 2 failed, 0 not made") && Contains("<p>the model is broken</p>"));
}

TEST_CASE("errors of all cells come once, and what goes wrong with the request runs nothing") {
  const Folder folder;
  Recipe recipe = swept(folder, {folder.picture("a.png")});
  recipe.prompt = "a lake";
  recipe.sweep.push_back(axis("prompt_sr", {"boat", "car", "ship"}));
  const Plan plan = make_plan(recipe);
  REQUIRE(plan.errors.size() == 1);
  CHECK(all_errors(plan).find("does not find \"boat\"") != std::string::npos);
  CHECK(plan.jobs.empty());
  recipe.sweep = {axis("prompt_sr", {"lake", "car"})};
  CHECK(make_plan(recipe).jobs.at(0).recipe.prompt == "a car");
  recipe.stages = {{axis("denoise", {"0.2"})}};
  CHECK_THAT(all_errors(make_plan(recipe)), Contains("sweep and stages are both given"));
  recipe.stages.clear();
  recipe.sweep = {axis("seed", {"1", "2"})};
  recipe.output = folder.text("one.png");
  CHECK_THAT(all_errors(make_plan(recipe)), Contains("2 cells for one file"));
}

TEST_CASE("search and replace goes through a picture's own prompt too") {
  const Folder folder;
  Recipe recipe = swept(folder, {folder.picture("a.png"), folder.picture("b.png")});
  recipe.prompt = "a lake";
  folder.write("b.redraw.yaml", "prompt: a lake with reeds\ndenoise: 0.9\n");
  recipe.sweep = {axis("prompt_sr", {"lake", "sea"}), axis("denoise", {"0.3"})};
  const Plan plan = make_plan(recipe);
  REQUIRE(plan.errors.empty());
  CHECK(plan.jobs.at(0).recipe.prompt == "a sea");
  CHECK(plan.jobs.at(1).recipe.prompt == "a sea with reeds");
  CHECK(plan.jobs.at(1).recipe.denoise == 0.3);  // the cell's wins
}

TEST_CASE("the table has a line for each cell with its values and numbers") {
  const Folder folder;
  const Recipe recipe = swept(folder, {folder.picture("a.png", 24, 16)});
  InvertingEngine engine;
  REQUIRE(run(recipe, engine) == 0);
  const CsvTable table = table_in(folder);
  CHECK(table.columns == Names{"cell", "input", "output", "state", "denoise", "steps", "made_seed", "seconds",
                               "made_width", "made_height", "max_difference", "psnr", "ssim", "flip", "error"});
  REQUIRE(table.rows.size() == 6);
  CHECK(column(table, "denoise") == Names{"0.2", "0.4", "0.6", "0.2", "0.4", "0.6"});
  CHECK(column(table, "steps") == Names{"5", "5", "5", "9", "9", "9"});
  CHECK(column(table, "output")[4] == "a_denoise-0.4_steps-9.png");
  CHECK(column(table, "made_seed") == Names(6, "7"));
  CHECK(column(table, "made_width") == Names(6, "24"));
  CHECK(column(table, "max_difference") == Names(6, "255"));  // the engine inverts
}

TEST_CASE("the sheet shows columns of the first axis and rows of the second; the page holds every cell") {
  const Folder folder;
  const Recipe recipe = swept(folder, {folder.picture("a.png", 128, 64)});
  InvertingEngine engine;
  REQUIRE(run(recipe, engine) == 0);
  const Image sheet = read_image(folder / "out/sweep.png");
  CHECK(sheet.width > 3 * 128);
  CHECK(sheet.width < 4 * 128 + 100);
  CHECK(sheet.height > 2 * 64 + 2 * 24);
  const std::string page = read_file(folder / "out/sweep.html");
  for (const char* denoise : {"0.2", "0.4", "0.6"})
    for (const char* steps : {"5", "9"})
      CHECK_THAT(page, Contains(std::string("src=\"./a_denoise-") + denoise + "_steps-" + steps + ".png\""));
  CHECK_THAT(page, Contains("data:image/png;base64,iVBOR") && Contains("6 made, 0 failed, 0 not made"));
  for (const char* network : {"http://", "https://", "src=\"//"}) CHECK_THAT(page, !Contains(network));
}

TEST_CASE("a resumed sweep makes the missing cell alone, and the report shows all") {
  const Folder folder;
  Recipe recipe = swept(folder, {folder.picture("a.png")});
  recipe.existing = Existing::kResume;
  recipe.seed = -1;
  InvertingEngine first, second, third;
  REQUIRE(run(recipe, first) == 0);
  CHECK(pictures_of(first) == 6);
  const auto seeds = column(table_in(folder), "made_seed");
  std::filesystem::remove(folder / "out/a_denoise-0.4_steps-9.png");
  REQUIRE(run(recipe, second) == 0);
  CHECK(pictures_of(second) == 1);
  CHECK(column(table_in(folder), "state") == Names(6, "made"));
  CHECK(column(table_in(folder), "made_seed") == seeds);
  recipe.sweep[0] = axis("denoise", {"0.2..0.8 step 0.2"});
  REQUIRE(run(recipe, third) == 0);
  CHECK(pictures_of(third) == 2);
  CHECK(column(table_in(folder), "made_seed") == Names(8, seeds[0]));
}

TEST_CASE("existing: skip leaves cells that are there, and the report shows them") {
  const Folder folder;
  Recipe recipe = swept(folder, {folder.picture("a.png")});
  recipe.seed = -1;
  InvertingEngine first, second;
  REQUIRE(run(recipe, first) == 0);
  auto seeds = column(table_in(folder), "made_seed");
  CHECK_THAT(all_errors(make_plan(recipe)),
             Contains("a_denoise-0.2_steps-5.png\" is there already") && !Contains("report"));
  std::filesystem::remove(folder / "out/a_denoise-0.2_steps-5.png");
  recipe.existing = Existing::kSkip;
  REQUIRE(run(recipe, second) == 0);
  CHECK(pictures_of(second) == 1);
  CHECK(column(table_in(folder), "state") == Names(6, "made"));
  const auto now = column(table_in(folder), "made_seed");
  CHECK(Names(now.begin() + 1, now.end()) ==
        Names(seeds.begin() + 1, seeds.end()));  // as they were made, not as drawn now
  CHECK(now[0] != seeds[0]);
}

TEST_CASE("a picture that fails is told once and stands as failed in every cell") {
  const Folder folder;
  Recipe recipe = swept(folder, {folder.picture("a.png"), folder.write("bad.png", "no picture")});
  InvertingEngine engine;
  CHECK(make_plan(recipe).failures.size() == 1);
  CHECK(run(recipe, engine) == 1);
  const auto states = column(table_in(folder), "state");
  CHECK(std::count(states.begin(), states.end(), "made") == 6);
  CHECK(std::count(states.begin(), states.end(), "failed") == 6);
  CHECK(std::filesystem::exists(folder / "out/sweep-2.png"));
  recipe.inputs.pop_back();
  recipe.existing = Existing::kResume;
  InvertingEngine none;
  CHECK(run(recipe, none) == 0);
  CHECK(pictures_of(none) == 0);
  CHECK_FALSE(std::filesystem::exists(folder / "out/sweep-2.png"));  // of the earlier run
}

TEST_CASE("further axes, variants and pictures have sheets of their own") {
  const Folder folder;
  Recipe recipe = swept(folder, {folder.picture("a.png"), folder.picture("b.png")});
  recipe.count = 2;
  recipe.sweep.push_back(axis("cfg_scale", {"1", "7"}));
  InvertingEngine engine;
  REQUIRE(run(recipe, engine) == 0);
  CHECK(pictures_of(engine) == 2 * 2 * 12);
  CHECK(std::filesystem::exists(folder / "out/sweep-8.png"));
  CHECK_FALSE(std::filesystem::exists(folder / "out/sweep-9.png"));
  const std::string page = read_file(folder / "out/sweep.html");
  CHECK_THAT(page, Contains("a.png, variant 2, cfg_scale 7") && Contains("b.png, variant 1, cfg_scale 1"));
}

TEST_CASE("what redraw did not write is not replaced by a report") {
  const Folder folder;
  Recipe recipe = swept(folder, {folder.picture("a.png")});
  folder.write("out/sweep.csv", "my own table");
  CHECK_THAT(all_errors(make_plan(recipe)),
             Contains("out/sweep.csv\" is there already") && Contains("redraw did not write it"));
  folder.picture("out/sweep.png");
  recipe.inputs = {folder.text("out/sweep.png")};
  recipe.existing = Existing::kOverwrite;
  const std::string errors = all_errors(make_plan(recipe));
  CHECK_THAT(errors,
             Contains("sweep.png\" is there already") && Contains("it is one of the inputs") && !Contains("sweep.csv"));
}

TEST_CASE("names and texts that come from outside cannot break out of the page") {
  const Folder folder;
  Recipe recipe = swept(folder, {folder.picture("a\"><script>x.png")});
  recipe.sweep = {axis("prompt", {"<img src=x onerror=alert(1)>", "a & \"b\""})};
  InvertingEngine engine;
  REQUIRE(run(recipe, engine) == 0);
  const std::string page = read_file(folder / "out/sweep.html");
  CHECK_THAT(page, !Contains("<img src=x") && !Contains("\"><script>x") && Contains("a &amp; &quot;b&quot;") &&
                       Contains("a%22%3E%3Cscript%3Ex_prompt"));
}

TEST_CASE("the plan as text and JSON says what is swept") {
  const Folder folder;
  const Recipe recipe = swept(folder, {folder.picture("a.png")});
  const Plan plan = make_plan(recipe);
  CHECK_THAT(plan_as_text(recipe, plan),
             Contains("6 cells for each picture\nsweep denoise: 0.2 | 0.4 | 0.6\nsweep steps: 5 | 9\n") &&
                 Contains("of its own: denoise 0.2, steps 5"));
  CHECK_THAT(plan_as_json(recipe, plan), Contains("\"setting\": \"denoise\""));
}

}  // namespace
}  // namespace redraw
