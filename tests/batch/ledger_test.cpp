// Ledger, content keys and resume: only what is missing or changed, and never twice.
#include "batch/ledger.h"

#include <catch2/catch.hpp>

#include <unistd.h>

#include "batch/content_key.h"
#include "batch/fixture.h"
#include "batch/resume.h"
#include "batch/run_plan.h"
#include "image/read.h"

namespace redraw {
namespace {

using batch_test::Folder;
using batch_test::InvertingEngine;
using Names = std::vector<std::string>;

Recipe recipe_in(const Folder& folder, Names inputs) {
  Recipe recipe;
  recipe.inputs = std::move(inputs);
  recipe.output = folder.text("out");
  recipe.model = folder.write("model.safetensors", "x");
  recipe.existing = Existing::kResume;
  recipe.seed_mode = SeedMode::kFixed;
  recipe.seed = 7;
  return recipe;
}

/// The stems that the engine saw.
Names run(const Recipe& recipe, int expected = 0) {
  InvertingEngine engine;
  engine.hash_of(recipe.model);
  RunOptions quiet;
  quiet.quiet = true;
  const int code =
      run_recipe_with(recipe, quiet, [&](const EngineSpec&) { return std::make_unique<batch_test::Borrowed>(engine); });
  CHECK(code == expected);
  Names all;
  for (const auto& call : engine.calls) all.insert(all.end(), call.begin(), call.end());
  return all;
}

TEST_CASE("a second run does nothing, and a changed input, mask, model or setting redoes what it touches") {
  const Folder folder;
  const Names inputs = {folder.picture("a.png"), folder.picture("b.png"), folder.picture("c.png")};
  for (const char* name : {"a", "b", "c"}) folder.picture(std::string("m/") + name + ".png", Image(16, 16, 1, 255));
  Recipe recipe = recipe_in(folder, inputs);
  recipe.mask = folder.text("m/{stem}.png");
  CHECK(run(recipe) == Names{"a", "b", "c"});
  CHECK(run(recipe).empty());
  folder.picture("b.png", Image(16, 16, 3, 3));
  CHECK(run(recipe) == Names{"b"});
  folder.picture("m/c.png", Image(16, 16, 1, 254));
  CHECK(run(recipe) == Names{"c"});
  std::filesystem::remove(folder / "out/a.png");
  CHECK(run(recipe) == Names{"a"});
  recipe.denoise = 0.5;
  CHECK(run(recipe) == Names{"a", "b", "c"});
  folder.write("model.safetensors", "another");
  CHECK(run(recipe) == Names{"a", "b", "c"});
  recipe.batch = 1;
  recipe.threads = 1;
  CHECK(run(recipe).empty());
  CHECK(read_ledgers(folder / "out").torn == 0);
}

TEST_CASE("touching a file without changing it redoes nothing") {
  const Folder folder;
  const Recipe recipe = recipe_in(folder, {folder.picture("a.png")});
  CHECK(run(recipe) == Names{"a"});
  std::filesystem::last_write_time(folder / "a.png", std::filesystem::file_time_type::clock::now());
  CHECK(run(recipe).empty());
}

TEST_CASE("without its ledger, a picture says itself that it is done, and the ledger learns it") {
  const Folder folder;
  const Recipe recipe = recipe_in(folder, {folder.picture("a.png"), folder.picture("b.png")});
  CHECK(run(recipe).size() == 2);
  const auto ledger = folder / ("out/" + ledger_name(""));
  const std::string before = read_file(ledger);
  // The last line torn, as by a kill between picture and ledger.
  folder.write("out/" + ledger_name(""), before.substr(0, before.size() - 100));
  const LedgerRecords torn = read_ledgers(folder / "out");
  CHECK(torn.torn == 1);
  CHECK(torn.entries.size() == 1);
  CHECK(run(recipe).empty());
  const LedgerRecords again = read_ledgers(folder / "out");
  CHECK(again.entries.size() == 2);
  CHECK(again.entries.at("b.png").sha256 == sha256_of_file(folder / "out/b.png"));
  std::filesystem::remove(ledger);
  CHECK(run(recipe).empty());
}

TEST_CASE("a result that somebody else wrote is not overwritten") {
  const Folder folder;
  const Recipe recipe = recipe_in(folder, {folder.picture("a.png"), folder.picture("b.png")});
  folder.picture("out/a.png");
  CHECK(run(recipe, 2).empty());
  folder.picture("out/a.png", Image(16, 16, 3, 9), {{"redraw", "{\"schema\": 1}"}});
  CHECK(run(recipe) == Names{"a", "b"});
}

TEST_CASE("a run that goes on keeps the seed that was drawn, also for pictures that moved in the order") {
  const Folder folder;
  for (const char* name : {"in/b.png", "in/d.png"}) folder.picture(name);
  Recipe recipe = recipe_in(folder, {folder.text("in")});
  recipe.seed = -1;
  recipe.seed_mode = SeedMode::kIncrement;
  CHECK(run(recipe) == Names{"b", "d"});
  CHECK(run(recipe).empty());
  folder.picture("in/a.png");
  CHECK(run(recipe) == Names{"a"});
}

TEST_CASE("a failure is in the ledger, and is tried again") {
  const Folder folder;
  const std::string bad = folder.picture("b.png", 64, 64);
  const std::string whole = read_file(bad);
  folder.write("b.png", whole.substr(0, 200));
  const Recipe recipe = recipe_in(folder, {folder.picture("a.png"), bad});
  CHECK(run(recipe, 1) == Names{"a"});
  CHECK_FALSE(read_ledgers(folder / "out").entries.at("b.png").error.empty());
  folder.write("b.png", whole);
  CHECK(run(recipe) == Names{"b"});
  CHECK(read_ledgers(folder / "out").entries.at("b.png").error.empty());
}

TEST_CASE("temporary files of dead processes go, those of living ones and of others stay") {
  const Folder folder;
  const Recipe recipe = recipe_in(folder, {folder.picture("a.png")});
  const std::string dead = folder.write("out/.a.png.2147483646.tmp", "x");
  const std::string living = folder.write("out/.a.png." + std::to_string(::getppid()) + ".tmp", "x");
  const std::string other = folder.write("out/.z.png.2147483646.tmp", "x");
  run(recipe);
  CHECK_FALSE(std::filesystem::exists(dead));
  CHECK(std::filesystem::exists(living));
  CHECK(std::filesystem::exists(other));
}

TEST_CASE("a key is of pixels: not of paths, names, device or batch; and a default is as good as not given") {
  Job job;
  job.recipe.steps = 9;
  const std::string key = content_key(job, {"i", "", "", "m", "", {}});
  Job same = job;
  same.recipe.output = "elsewhere";
  same.recipe.batch = 3;
  same.recipe.device = "cpu";
  same.recipe.devices = "cpu,cpu";
  same.recipe.model = "/other/place.safetensors";
  same.input_path = "x.png";
  CHECK(content_key(same, {"i", "", "", "m", "", {}}) == key);
  CHECK(content_key(job, {"j", "", "", "m", "", {}}) != key);
  CHECK(content_key(job, {"i", "", "", "m", "", {{"lora soft", "h"}}}) != key);
  for (const auto change :
       {+[](Job& j) { j.recipe.steps = 8; }, +[](Job& j) { j.seed = 1; }, +[](Job& j) { j.recipe.prompt = "x"; },
        +[](Job& j) { j.recipe.mask = "alpha"; }, +[](Job& j) { j.recipe.soft.mask_influence = 1; },
        +[](Job& j) { j.work_size.width = 8; }, +[](Job& j) { j.recipe.determinism = Determinism::kBitwise; }}) {
    Job other = job;
    change(other);
    CHECK(content_key(other, {"i", "", "", "m", "", {}}) != key);
  }
}

}  // namespace
}  // namespace redraw
