// Runner: batches, failures that stay alone, exit codes, what is written.
#include "batch/runner.h"

#include <catch2/catch.hpp>

#include <csignal>

#include <nlohmann/json.hpp>

#include "batch/fixture.h"
#include "batch/run_plan.h"
#include "image/read.h"

namespace redraw {
namespace {

using batch_test::Folder;
using batch_test::InvertingEngine;
using Calls = std::vector<std::vector<std::string>>;

Recipe recipe_in(const Folder& folder, std::vector<std::string> inputs) {
  Recipe recipe;
  recipe.inputs = std::move(inputs);
  recipe.output = folder.text("out");
  recipe.model = folder.write("model.safetensors", "x");
  recipe.seed = 7;
  return recipe;
}

int run(const Recipe& recipe, InvertingEngine& engine) {
  RunOptions quiet;
  quiet.quiet = true;
  return run_recipe_with(recipe, quiet,
                         [&](const EngineSpec&) { return std::make_unique<batch_test::Borrowed>(engine); });
}

std::map<std::string, std::string> texts_of(const std::filesystem::path& path) { return png_texts(read_file(path)); }

std::size_t pictures_in(const std::filesystem::path& folder) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    count += entry.path().extension() == ".png";
  return count;
}

TEST_CASE("pictures of one size share a call, in the order of the inputs") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png"), folder.picture("wide.png", 32, 16),
                                     folder.picture("b.png"), folder.picture("c.png", 15, 9)});
  InvertingEngine engine;
  engine.batch = 2;
  CHECK(run(recipe, engine) == 0);
  CHECK(engine.calls == Calls{{"a", "b"}, {"wide"}, {"c"}});
  CHECK(read_image(folder / "out/c.png").size() == Size{15, 9});
  CHECK(read_image(folder / "out/a.png").data[1] == 255 - 7);
  recipe.batch = 1;
  recipe.existing = Existing::kOverwrite;
  engine.calls.clear();
  CHECK(run(recipe, engine) == 0);
  CHECK(engine.calls == Calls{{"a"}, {"wide"}, {"b"}, {"c"}});
}

TEST_CASE("a picture that cannot be read fails alone") {
  const Folder folder;
  std::string cut = folder.picture("cut.png", 64, 64);
  std::filesystem::resize_file(cut, 200);
  InvertingEngine engine;
  const std::vector<std::string> inputs = {folder.picture("a.png"), folder.write("text.png", "hello"), cut,
                                           folder.picture("b.png")};
  CHECK(run(recipe_in(folder, inputs), engine) == 1);
  CHECK(pictures_in(folder / "out") == 2);
  CHECK(run(recipe_in(folder, {cut, folder.text("text.png")}), engine) == 3);
}

TEST_CASE("where a call of several throws, each picture is tried by itself") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png"), folder.picture("b.png"), folder.picture("c.png")});
  InvertingEngine engine;
  engine.poison = "b";
  CHECK(run(recipe, engine) == 1);
  CHECK(engine.calls == Calls{{"a", "b", "c"}, {"a"}, {"b"}, {"c"}});
  CHECK(pictures_in(folder / "out") == 2);
  recipe.output = folder.text("out2");
  engine.poison.clear();
  engine.most = 0;
  CHECK(run(recipe, engine) == 5);
}

TEST_CASE("a request that is wrong stops everything before the engine is made") {
  const Folder folder;
  bool made = false;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png")});
  recipe.name = "[what].png";
  const int code = run_recipe_with(recipe, {}, [&](const EngineSpec&) -> std::unique_ptr<Engine> {
    made = true;
    return nullptr;
  });
  CHECK(code == 2);
  CHECK_FALSE(made);
  CHECK_FALSE(std::filesystem::exists(folder / "out"));
}

TEST_CASE("a dry run makes no engine and writes nothing") {
  const Folder folder;
  RunOptions options;
  options.dry_run = options.quiet = options.json = true;
  const auto none = [](const EngineSpec&) -> std::unique_ptr<Engine> { throw Error(ErrorKind::kInternal, "made"); };
  CHECK(run_recipe_with(recipe_in(folder, {folder.picture("a.png")}), options, none) == 0);
  CHECK_FALSE(std::filesystem::exists(folder / "out"));
}

TEST_CASE("a result carries the infotext and the facts to make it again") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png", Image(16, 16, 3, 9), {{"parameters", "the parent"}})});
  recipe.prompt = "ein Haus, über dem Fluß 山";
  recipe.count = 2;
  InvertingEngine engine;
  REQUIRE(run(recipe, engine) == 0);
  const auto texts = texts_of(folder / "out/a-2.png");
  CHECK_THAT(texts.at("parameters"),
             Catch::StartsWith(recipe.prompt + "\nSteps: 20, Sampler: DPM++ 2M, Schedule type: Karras") &&
                 Catch::Contains("Seed: 8, Size: 16x16, Model hash: aaaaaaaaaa, Model: inverter"));
  const auto json = nlohmann::json::parse(texts.at("redraw"));
  CHECK(json.at("schema") == 1);
  CHECK(json.at("recipe").at("seed") == 8);
  CHECK(json.at("recipe").at("scheduler") == "karras");
  CHECK(json.at("recipe").at("width").is_null());
  CHECK(json.at("job").at("work_size") == nlohmann::json{16, 16});
  CHECK(json.at("input").at("sha256") == sha256_of_file(folder / "a.png"));
  CHECK(json.at("parent") == "the parent");
  CHECK(json.at("changed_outside_mask") == 0);
}

TEST_CASE("what was said while a picture was made stands in its file") {
  const Folder folder;
  InvertingEngine engine;
  REQUIRE(run(recipe_in(folder, {folder.picture("a.png")}), engine) == 0);
  CHECK_FALSE(nlohmann::json::parse(texts_of(folder / "out/a.png").at("redraw")).contains("notes"));
  engine.notes = {"the VAE overflowed in f16: the picture was decoded again in f32"};
  REQUIRE(run(recipe_in(folder, {folder.picture("b.png")}), engine) == 0);
  CHECK(nlohmann::json::parse(texts_of(folder / "out/b.png").at("redraw")).at("notes") == engine.notes);
}

TEST_CASE("pixels outside the mask stay as they are, in both inpaint areas") {
  const Folder folder;
  Image mask(40, 40, 1);
  for (int y = 10; y < 20; ++y)
    for (int x = 10; x < 20; ++x) *mask.at(x, y) = 255;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png", 40, 40)});
  recipe.mask = folder.picture("m/a.png", mask);
  recipe.mask_blur_x = recipe.mask_blur_y = 0;
  recipe.padding = 4;
  const Image source = read_image(folder / "a.png");
  for (const InpaintArea area : {InpaintArea::kWholePicture, InpaintArea::kOnlyMasked}) {
    recipe.inpaint_area = area;
    recipe.existing = Existing::kOverwrite;
    InvertingEngine engine;
    REQUIRE(run(recipe, engine) == 0);
    const Image result = read_image(folder / "out/a.png");
    std::size_t inside = 0, outside = 0;
    for (int y = 0; y < 40; ++y)
      for (int x = 0; x < 40; ++x)
        ++(*result.at(x, y) == *source.at(x, y) ? outside : inside);
    CHECK(outside == 1500);
    CHECK(inside == 100);
    const auto json = nlohmann::json::parse(texts_of(folder / "out/a.png").at("redraw"));
    CHECK(json.at("mask").at("sha256") == sha256_of_file(recipe.mask));
  }
}

TEST_CASE("an empty mask in only_masked redraws the whole picture, and with strict fails") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png", 20, 20)});
  recipe.mask = folder.picture("mask.png", Image(20, 20, 1));
  recipe.inpaint_area = InpaintArea::kOnlyMasked;
  recipe.width = recipe.height = 30;
  InvertingEngine engine;
  CHECK(run(recipe, engine) == 0);
  CHECK(read_image(folder / "out/a.png").size() == Size{30, 30});
  CHECK_THAT(texts_of(folder / "out/a.png").at("parameters"), !Catch::Contains("Only masked"));
  recipe.strict = true;
  recipe.existing = Existing::kOverwrite;
  CHECK(run(recipe, engine) == 2);
}

TEST_CASE("Ctrl-C ends after the running batch") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png"), folder.picture("b.png"), folder.picture("c.png")});
  recipe.batch = 1;
  InvertingEngine engine;
  engine.in_step = [&] { if (engine.calls.size() == 2) std::raise(SIGINT); };
  CHECK(run(recipe, engine) == 130);
  CHECK(pictures_in(folder / "out") == 2);
  engine.in_step = nullptr;
  recipe.existing = Existing::kSkip;
  CHECK(run(recipe, engine) == 0);
  CHECK(pictures_in(folder / "out") == 3);
}

TEST_CASE("the engine library's errors arrive as what they are") {
  EngineSpec spec;
  spec.model_path = "/nonexistent/model.safetensors";
  spec.device = "cpu";
  const bool library = std::filesystem::exists(executable_folder() / "libredraw_engine.so");
  try {
    load_engine(spec);
    FAIL("a model that is not there was loaded");
  } catch (const Error& error) {
    INFO(error.message());
    CHECK((library ? error.kind() != ErrorKind::kInternal : error.kind() == ErrorKind::kInternal));
  }
}

}  // namespace
}  // namespace redraw
