// Replay: verdicts, hashes, pictures made in stages, the engine that is kept.
#include "batch/replay.h"

#include <catch2/catch.hpp>

#include "batch/engine_cache.h"
#include "batch/fixture.h"
#include "image/read.h"
#include "support/pictures.h"

namespace redraw {
namespace {

using batch_test::Folder;
using batch_test::InvertingEngine;

/// Its model is the file of one letter that the tests write.
class OneLetterEngine : public InvertingEngine {
 public:
  OneLetterEngine() : model_(InvertingEngine::info()) {
    const std::uint8_t letter[] = {'x'};
    model_.model_sha256 = sha256_of_bytes(letter);
  }
  const ModelInfo& info() const override { return model_; }

 private:
  ModelInfo model_;
};

struct World {
  Folder folder;
  OneLetterEngine engine;
  int made = 0;
  EngineFactory factory = [this](const EngineSpec&) {
    ++made;
    return std::make_unique<batch_test::Borrowed>(engine);
  };

  /// Redraws a.png with a mask into out/a.png.
  std::filesystem::path redrawn(std::vector<std::vector<Setting>> stages = {}) {
    Recipe recipe;
    recipe.inputs = {folder.picture("a.png")};
    recipe.mask = folder.picture("mask.png", test::square_mask({16, 16}, {2, 2, 12, 12}));
    recipe.output = folder.text("out");
    recipe.model = folder.write("model.safetensors", "x");
    recipe.existing = Existing::kOverwrite;
    recipe.stages = std::move(stages);
    RunOptions quiet;
    quiet.quiet = true;
    REQUIRE(run_recipe_with(recipe, quiet, factory) == 0);
    return folder / "out/a.png";
  }
  std::string why(const Replay& replay) const { return replay.errors.empty() ? "" : replay.errors[0].message(); }
};

/// The picture with one pixel otherwise and its texts kept.
void change_pixel(const std::filesystem::path& path, int x, int y, int by) {
  std::vector<TextChunk> texts;
  for (const auto& [keyword, text] : png_texts(read_file(path))) texts.push_back({keyword, text});
  Image image = read_image(path);
  std::uint8_t& value = image.at(x, y)[0];
  value = static_cast<std::uint8_t>(value > 127 ? value - by : value + by);
  write_file_atomically(path, encode_png(image, texts));
}

TEST_CASE("replay: bit-exact, within tolerance, different") {
  World world;
  const auto picture = world.redrawn();
  ReplayOptions options;
  CHECK(replay(picture, options, world.factory).verdict == Verdict::kBitExact);
  change_pixel(picture, 4, 4, 3);
  CHECK(replay(picture, options, world.factory).verdict == Verdict::kDifferent);
  options.tolerance.max_difference = 3;
  CHECK(replay(picture, options, world.factory).verdict == Verdict::kWithinTolerance);
}

TEST_CASE("replay: a changed or missing file is named, and nothing is run") {
  World world;
  const auto picture = world.redrawn();
  const auto runs = world.engine.calls.size();
  world.folder.picture("mask.png", Image(16, 16, 1, 255));
  const Replay mask = replay(picture, {}, world.factory);
  CHECK(mask.verdict == Verdict::kFailed);
  CHECK_THAT(world.why(mask), Catch::Contains("mask.png\" is another one than then"));
  world.redrawn();
  world.folder.write("model.safetensors", "y");
  CHECK_THAT(world.why(replay(picture, {}, world.factory)),
             Catch::Contains("the model ") && Catch::Contains("--model PATH"));
  world.redrawn();
  std::filesystem::remove(world.folder / "a.png");
  CHECK_THAT(world.why(replay(picture, {}, world.factory)), Catch::Contains("a.png"));
  CHECK(world.engine.calls.size() == runs + 2);  // those of redrawn() alone
}

TEST_CASE("replay: a picture made in stages is made again through all of them") {
  World world;
  const auto picture =
      world.redrawn({{{"denoise", {"0.8"}, "", {}}}, {{"denoise", {"0.4"}, "", {}}}, {{"mask", {""}, "", {}}}});
  const auto runs = world.engine.calls.size();
  CHECK(sources_of_chunk(png_texts(read_file(picture)).at("redraw"), "x").size() == 3);  // input, mask, model
  CHECK(replay(picture, {}, world.factory).verdict == Verdict::kBitExact);
  CHECK(world.engine.calls.size() == runs + 3);
}

TEST_CASE("replay: pictures are kept where it is asked for, else nothing is left") {
  World world;
  const auto picture = world.redrawn();
  ReplayOptions options;
  options.keep = world.folder / "again";
  CHECK(replay(picture, options, world.factory).verdict == Verdict::kBitExact);
  CHECK(read_image(world.folder / "again/a.png") == read_image(picture));
}

TEST_CASE("replay: what carries no chunk, or a broken one, fails with a reason") {
  World world;
  CHECK_THAT(world.why(replay(world.folder.picture("plain.png"), {}, world.factory)),
             Catch::Contains("no PNG text \"redraw\""));
  const std::string broken = world.folder.picture("broken.png", Image(4, 4, 3), {{"redraw", "{\"schema\": 9}"}});
  CHECK(replay(broken, {}, world.factory).verdict == Verdict::kFailed);
  CHECK(world.made == 0);
}

TEST_CASE("a cached factory makes an engine once for each that is asked for") {
  World world;
  const EngineFactory factory = cached(world.factory);
  EngineSpec a, b;
  b.model_path = "other";
  factory(a), factory(a);
  CHECK(world.made == 1);
  factory(b), factory(b), factory(a);
  CHECK(world.made == 3);
}

}  // namespace
}  // namespace redraw
