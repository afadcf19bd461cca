// Tests of pipeline/single_tiles: what a tile is made of, who shares a call, and how the results are joined.
#include <catch2/catch.hpp>

#include "image/composite.h"
#include "pipeline/single_tiles.h"
#include "support/pictures.h"

using namespace redraw;

namespace {

const TilePlan kTiles{TileMode::kSingle, 64, 16};  // of 160 x 96: 3 across at 0, 48, 96; 2 down at 0 and 32

struct Picture {
  Job job;
  Prepared prepared;
  explicit Picture(std::int64_t seed) {
    job.seed = seed;
    job.variation_seed = 7;
    job.work_size = job.target_size = {160, 96};
    prepared.init_image = test::noisy_image(160, 96, 3, static_cast<unsigned>(seed));
  }
  EngineTask task() const { return {&job, &prepared}; }
};

/// Leaves pictures as they are and notes what it was asked.
struct Recorder {
  std::vector<std::size_t> calls;
  std::vector<std::int64_t> seeds;
  std::vector<Image> images, masks;
  std::vector<Generated> operator()(std::span<const EngineTask> tasks, const OnStep& on_step) {
    calls.push_back(tasks.size());
    std::vector<Generated> all;
    for (const EngineTask& task : tasks) {
      seeds.push_back(task.job->seed);
      images.push_back(task.prepared->init_image);
      if (task.prepared->latent_mask) masks.push_back(*task.prepared->latent_mask);
      CATCH_CHECK(task.job->variation_seed == 7);
      CATCH_CHECK(task.job->work_size == task.prepared->init_image.size());
      all.push_back(Generated::of(task.prepared->init_image));
      all.back().notes = {"said"};
      all.back().timings_ms = {{"denoise", 2}};
    }
    on_step(2, 2);
    return all;
  }
};

}  // namespace

CATCH_TEST_CASE("single_tiles: tile k is the picture's part with its seed + k, whoever shares its call", "[pipeline]") {
  const Picture one(10), two(50);
  for (const int per_call : {1, 4, 100}) {
    Recorder recorder;
    std::vector<std::pair<int, int>> steps;
    const auto made = single_tiles(std::vector<EngineTask>{one.task(), two.task()}, kTiles, per_call,
                                   std::ref(recorder), [&](int step, int of) { steps.emplace_back(step, of); });
    CATCH_CHECK(recorder.seeds == std::vector<std::int64_t>{10, 11, 12, 13, 14, 15, 50, 51, 52, 53, 54, 55});
    CATCH_CHECK(recorder.calls.size() == static_cast<std::size_t>((12 + per_call - 1) / per_call));
    CATCH_CHECK(recorder.images[4] == crop(one.prepared.init_image, {48, 32, 112, 96}));
    CATCH_CHECK(made[0].image == one.prepared.init_image);
    CATCH_CHECK(made[1].image == two.prepared.init_image);
    CATCH_CHECK(made[0].notes == std::vector<std::string>{"said"});
    CATCH_CHECK(made[0].timings_ms.at("denoise") == 12);
    const int calls = static_cast<int>(recorder.calls.size());
    CATCH_CHECK(steps.front() == std::pair{2, 2 * calls});
    CATCH_CHECK(steps.back() == std::pair{2 * calls, 2 * calls});
  }
}

CATCH_TEST_CASE("single_tiles: a tile sees its part of the mask", "[pipeline]") {
  Picture one(1);
  one.prepared.latent_mask = test::square_mask({160, 96}, {50, 40, 60, 50});
  Recorder recorder;
  single_tiles(std::vector<EngineTask>{one.task()}, kTiles, 4, std::ref(recorder), {});
  CATCH_REQUIRE(recorder.masks.size() == 6);
  CATCH_CHECK(recorder.masks[1] == test::square_mask({64, 64}, {2, 40, 12, 50}));
  CATCH_CHECK(recorder.masks[5] == Mask(64, 64, 1));
}

CATCH_TEST_CASE("single_tiles: a tile that fails fails its picture and no other", "[pipeline]") {
  const Picture one(10), two(50);
  const auto run = [](std::span<const EngineTask> tasks, const OnStep&) {
    std::vector<Generated> all;
    for (const EngineTask& task : tasks)
      all.push_back(task.job->seed == 53 ? Generated::failed(Error(ErrorKind::kModel, "broken"))
                                         : Generated::of(task.prepared->init_image));
    return all;
  };
  const auto made = single_tiles(std::vector<EngineTask>{one.task(), two.task()}, kTiles, 5, run, {});
  CATCH_CHECK_FALSE(made[0].error);
  CATCH_REQUIRE(made[1].error);
  CATCH_CHECK(made[1].error->what() == std::string("broken"));
}

CATCH_TEST_CASE("single_tiles: a side shorter than the tile is one tile of its own length", "[pipeline]") {
  Picture one(1);
  one.job.work_size = {160, 48};
  one.prepared.init_image = test::noisy_image(160, 48, 3);
  Recorder recorder;
  const auto made = single_tiles(std::vector<EngineTask>{one.task()}, kTiles, 1, std::ref(recorder), {});
  CATCH_CHECK(recorder.images.size() == 3);
  CATCH_CHECK(recorder.images[0].size() == Size{64, 48});
  CATCH_CHECK(made[0].image == one.prepared.init_image);
}

CATCH_TEST_CASE("tile_plan: off, a size, the family's size; whole where the picture is no larger", "[pipeline]") {
  Recipe recipe;
  ModelTraits traits;
  const auto tile_at = [&](const char* tile, Size size) {
    recipe.tile = tile;
    return tile_plan(recipe, traits, size).tile;
  };
  CATCH_CHECK(tile_at("off", {4096, 4096}) == 0);
  CATCH_CHECK(tile_at("auto", {512, 512}) == 0);
  CATCH_CHECK(tile_at("auto", {512, 640}) == 512);
  CATCH_CHECK(tile_at("auto", {512, 520}) == 0);  // hardly larger: as a whole
  CATCH_CHECK(tile_at("100", {512, 64}) == 96);
  traits.native_side = 1024;
  CATCH_CHECK(tile_at("auto", {1024, 768}) == 0);
  CATCH_CHECK(tile_at("auto", {1536, 768}) == 1024);
  CATCH_CHECK(tile_at("auto", {4096, 4096}) == 1088);  // 16 instead of 25
  CATCH_CHECK(tile_at("auto", {4096, 512}) == 1088);
  recipe.tile_overlap = 60;
  CATCH_CHECK(tile_plan(recipe, traits, {1536, 768}).overlap == 56);
  recipe.tile_mode = TileMode::kSingle;
  CATCH_CHECK(tile_plan(recipe, traits, {1536, 768}).overlap == 60);
  CATCH_CHECK(tile_plan(recipe, traits, {1536, 768}).is(TileMode::kSingle));
  CATCH_CHECK_FALSE(tile_plan(recipe, traits, {1024, 768}).is(TileMode::kSingle));
}
