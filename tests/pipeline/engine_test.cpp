// Tests of pipeline/engine on the tiny checkpoint: batches, masks, refusals, broken latents.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include "base/files.h"
#include "image/composite.h"
#include "image/join_tiles.h"
#include "pipeline/engine.h"
#include "pipeline/stages.h"
#include "support/close.h"
#include "support/errors.h"
#include "support/safetensors_file.h"
#include "support/temp_folder.h"
#include "support/tiny_job.h"
#include "support/tiny_model.h"

using namespace redraw;
using test::error_of;
using test::TinyJob;

namespace {

EngineSpec tiny_spec() {
  EngineSpec spec;
  spec.model_path = test::tiny_checkpoint().string();
  spec.device = "cpu";
  spec.dtype = "f32";
  spec.threads = 2;
  return spec;
}

Engine& engine() {
  static const std::unique_ptr<Engine> it = create_engine(tiny_spec());
  return *it;
}

std::vector<Generated> run(const std::vector<EngineTask>& tasks) { return engine().run(tasks, [](int, int) {}); }

const Model& model() {
  static const std::unique_ptr<Model> it = load_model(test::tiny_checkpoint(), "", {at::kCPU, at::kFloat});
  return *it;
}

/// The latent that sampling ends with, before any rounding to pixels.
at::Tensor latent_of(const std::vector<EngineTask>& tasks) {
  static const Tokenizer tokenizer = Tokenizer::load(Tokenizer::find_vocabulary());
  std::vector<std::int64_t> seeds;
  for (const EngineTask& task : tasks) seeds.push_back(task.job->seed);
  ImageNoise content(seeds, noise_shape(model(), tasks)), noise(seeds, noise_shape(model(), tasks));
  const Latents latents = encode(model(), tasks, content);
  return denoise(model(), tasks, latents, condition(model(), tokenizer, tasks), noise, [](int, int) {});
}

}  // namespace

CATCH_TEST_CASE("engine: says what it loaded", "[pipeline]") {
  const ModelInfo& info = engine().info();
  CATCH_CHECK(info.family == "sd1");
  CATCH_CHECK(info.prediction == "eps");
  CATCH_CHECK(info.model_name == "sd15_fp16");
  CATCH_CHECK(info.model_sha256 == sha256_of_file(test::tiny_checkpoint()));
  CATCH_CHECK(info.device == "cpu");
  CATCH_CHECK(info.dtype == "f32");
}

CATCH_TEST_CASE("engine: dtype auto is named as what it became", "[pipeline]") {
  EngineSpec spec = tiny_spec();
  spec.dtype = "auto";
  CATCH_CHECK(create_engine(spec)->info().dtype == "f32");  // a net of this size stays in f32 on a CPU
}

CATCH_TEST_CASE("engine: a batch of two gives what the two give alone", "[pipeline][property]") {
  const TinyJob one(1), two(2);
  const auto both = run({one.task(), two.task()}), first = run({one.task()}), second = run({two.task()});
  for (const auto* result : {&both[0], &both[1], &first[0], &second[0]}) CATCH_REQUIRE_FALSE(result->error);
  CATCH_CHECK(test::largest_difference(both[0].image, first[0].image) <= test::kPixelSteps);
  CATCH_CHECK(test::largest_difference(both[1].image, second[0].image) <= test::kPixelSteps);
  CATCH_CHECK(test::largest_difference(both[0].image, both[1].image) > 20);
}

CATCH_TEST_CASE("engine: the latents of a batch are those of its pictures within f32, also with unequal prompts",
                "[pipeline][property]") {
  const c10::InferenceMode guard;
  TinyJob one(1), two(2);
  for (const bool long_prompt : {false, true}) {
    one.job.recipe.cfg_scale = two.job.recipe.cfg_scale = 2;  // 7 makes sevenfold of every rounding
    CATCH_INFO((long_prompt ? "two chunks beside one" : "one chunk each"));
    if (long_prompt) two.job.recipe.prompt += " BREAK in the evening";
    const at::Tensor both = latent_of({one.task(), two.task()});
    const at::Tensor alone = at::cat({latent_of({one.task()}), latent_of({two.task()})});
    // Each of the four calls of the net rounds, and guidance at 2 takes that three times.
    CATCH_CHECK((both - alone).abs().max().item<double>() <= 12 * test::kF32Cpu * alone.abs().max().item<double>());
  }
}

CATCH_TEST_CASE("engine: a batch of eight gives what the eight give alone", "[pipeline][property]") {
  std::vector<TinyJob> jobs;
  for (int i = 1; i <= 8; ++i) jobs.emplace_back(i);
  std::vector<EngineTask> tasks;
  for (const TinyJob& job : jobs) tasks.push_back(job.task());
  const auto together = run(tasks);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    CATCH_INFO("picture " << i);
    CATCH_REQUIRE_FALSE(together[i].error);
    CATCH_CHECK(test::largest_difference(together[i].image, run({tasks[i]})[0].image) <= test::kPixelSteps);
  }
}

CATCH_TEST_CASE("engine: bitwise gives the same bits in another process's place, in f32", "[pipeline][property]") {
  EngineSpec spec = tiny_spec();
  spec.bitwise = true;
  spec.threads = 0;
  spec.dtype = "auto";
  const TinyJob job(1);
  const EngineTask task = job.task();
  const auto bits = [&] {
    at::set_num_threads(2);
    const auto fresh = create_engine(spec);
    CATCH_CHECK(fresh->info().dtype == "f32");
    CATCH_CHECK(at::get_num_threads() == 4);
    return fresh->run({&task, 1}, [](int, int) {})[0].image;
  };
  CATCH_CHECK(bits() == bits());
  at::set_num_threads(2);
  at::globalContext().setDeterministicAlgorithms(false, false);
}

CATCH_TEST_CASE("engine: composed and edited prompts beside others give what they give alone", "[pipeline][property]") {
  const c10::InferenceMode guard;
  TinyJob composed(1), edited(2), plain(2);
  composed.job.recipe.prompt = "a boat AND a lake:0.4 BREAK in the evening AND fog:-0.2";
  edited.job.recipe.prompt = "a [boat:house:2], [red|blue]";
  edited.job.recipe.negative_prompt = "[blurry::0.5]";
  for (TinyJob* one : {&composed, &edited, &plain}) one->job.recipe.cfg_scale = 1;  // more makes more of every rounding
  const at::Tensor all = latent_of({composed.task(), edited.task(), plain.task()});
  const at::Tensor alone =
      at::cat({latent_of({composed.task()}), latent_of({edited.task()}), latent_of({plain.task()})});
  CATCH_CHECK((all - alone).abs().max().item<double>() <= test::kF32Cpu * alone.abs().max().item<double>());
}

CATCH_TEST_CASE("engine: an edited prompt is its texts at their steps", "[pipeline][property]") {
  const c10::InferenceMode guard;
  const auto latent_with = [](const std::string& prompt) {
    TinyJob job(1);
    job.job.recipe.prompt = prompt;
    return latent_of({job.task()});
  };
  const at::Tensor boat = latent_with("a boat");
  CATCH_CHECK(latent_with("a [boat:house:1.0]").equal(boat));
  CATCH_CHECK(latent_with("a [house:boat:0]").equal(boat));
  CATCH_CHECK_FALSE(at::allclose(latent_with("a [boat:house:2]"), boat, 1e-3, 1e-3));  // calls 0, 1, 2 of 4
  CATCH_CHECK_FALSE(at::allclose(latent_with("a [boat|house]"), boat, 1e-3, 1e-3));
  CATCH_CHECK(at::allclose(latent_with("a boat:0.5 AND a boat:0.5"), boat, 1e-3, 1e-3));
}

CATCH_TEST_CASE("engine: the same job gives the same bytes, another seed others", "[pipeline][property]") {
  const TinyJob job(1);
  TinyJob other(1);
  other.job.seed = 99;
  CATCH_CHECK(run({job.task()})[0].image == run({job.task()})[0].image);
  CATCH_CHECK(test::largest_difference(run({job.task()})[0].image, run({other.task()})[0].image) > 5);
}

CATCH_TEST_CASE("engine: pixels outside the mask stay as they were, those inside change", "[pipeline][property]") {
  const Rect box{16, 16, 40, 32};
  TinyJob masked(3, test::square_mask(test::kTinySize, box));
  masked.job.recipe.mask_blur_x = masked.job.recipe.mask_blur_y = 0;
  masked.prepared = prepare(masked.job, masked.source, test::square_mask(test::kTinySize, box));
  const auto generated = run({masked.task()});
  CATCH_REQUIRE_FALSE(generated[0].error);
  std::int64_t changed = -1;
  const Image result = paste_back(masked.prepared, masked.job, generated[0], &changed);
  CATCH_CHECK(changed == 0);
  int inside = 0;
  for (int y = 0; y < result.height; ++y)
    for (int x = 0; x < result.width; ++x) {
      const bool same = std::equal(result.at(x, y), result.at(x, y) + 3, masked.source.at(x, y));
      if (x >= box.x1 && x < box.x2 && y >= box.y1 && y < box.y2) inside += !same;
      else CATCH_REQUIRE(same);
    }
  CATCH_CHECK(inside > 300);
}

CATCH_TEST_CASE("engine: a picture with a mask is the same beside one without", "[pipeline][property]") {
  const TinyJob masked(3, test::square_mask(test::kTinySize, {16, 16, 40, 32})), plain(4);
  const auto both = run({masked.task(), plain.task()});
  CATCH_CHECK(test::largest_difference(both[0].image, run({masked.task()})[0].image) <= test::kPixelSteps);
  CATCH_CHECK(test::largest_difference(both[1].image, run({plain.task()})[0].image) <= test::kPixelSteps);
}

CATCH_TEST_CASE("engine: joint tiles that share a call give what they give one by one, and how much they show is told",
                "[pipeline][property]") {
  TinyJob job(5);
  job.job.recipe.tile = "32";
  job.job.recipe.tile_overlap = 8;
  job.job.recipe.batch = 1;
  const Generated alone = run({job.task()})[0];
  CATCH_REQUIRE(alone.seam_ratio);
  job.job.recipe.batch = 4;
  CATCH_CHECK(test::largest_difference(run({job.task()})[0].image, alone.image) <= test::kPixelSteps);
  job.job.recipe.tile = "off";
  CATCH_CHECK(test::largest_difference(run({job.task()})[0].image, alone.image) > 5);
  CATCH_CHECK_FALSE(run({job.task()})[0].seam_ratio);
}

CATCH_TEST_CASE("engine: single tiles are pictures of their own, joined", "[pipeline][property]") {
  TinyJob job(5);
  job.job.recipe.tile = "32";
  job.job.recipe.tile_overlap = 8;
  job.job.recipe.tile_mode = TileMode::kSingle;
  job.job.recipe.batch = 1;
  const Generated made = run({job.task()})[0];
  const auto across = grid_spans(64, 32, 8), down = grid_spans(48, 32, 8);
  std::vector<Image> tiles;
  for (const TileSpan& y : down)
    for (const TileSpan& x : across) {
      TinyJob tile(5 + static_cast<std::int64_t>(tiles.size()));
      tile.job.work_size = tile.job.target_size = {32, 32};
      tile.prepared.init_image = crop(job.prepared.init_image, {x.begin, y.begin, x.begin + 32, y.begin + 32});
      tiles.push_back(run({tile.task()})[0].image);
    }
  CATCH_REQUIRE(tiles.size() == 6);
  CATCH_CHECK(made.image == join_tiles({64, 48}, tiles, across, down, 8));
  CATCH_REQUIRE(made.seam_ratio);
  CATCH_CHECK(*made.seam_ratio == seam_ratio(made.image, 32, 8));
  CATCH_WARN("seam ratio of single tiles: " << *made.seam_ratio);
  job.job.recipe.batch = 4;
  const TinyJob plain = job;
  const auto two = run({job.task(), plain.task()});
  CATCH_CHECK(test::largest_difference(two[0].image, made.image) <= test::kPixelSteps);
  CATCH_CHECK(test::largest_difference(two[1].image, made.image) <= test::kPixelSteps);
}

CATCH_TEST_CASE("engine: a latent upscale encodes the picture in its own size and redraws it at the result's",
                "[pipeline]") {
  const c10::InferenceMode guard;
  TinyJob job(5);
  job.job.recipe.resize_mode = ResizeMode::kLatent;
  job.job.recipe.scale = 2;
  job.job.target_size = job.job.work_size = {128, 96};
  job.prepared = prepare(job.job, job.source, std::nullopt);
  CATCH_CHECK(job.prepared.init_image == job.source);
  const std::vector<EngineTask> tasks{job.task()};
  ImageNoise content({5}, noise_shape(model(), tasks));
  const at::Tensor latent = encode(model(), tasks, content).init_latent;
  const TinyJob small(5);
  ImageNoise none({5}, {1, 4, 6, 8});
  const std::vector<EngineTask> small_tasks{small.task()};
  CATCH_CHECK(at::allclose(latent, resize_latent(encode(model(), small_tasks, none).init_latent, 12, 16), test::kF32Cpu,
                           test::kF32Cpu));
  const Generated made = run(tasks)[0];
  CATCH_REQUIRE_FALSE(made.error);
  std::int64_t changed = -1;
  CATCH_CHECK(paste_back(job.prepared, job.job, made, &changed).size() == Size{128, 96});
}

CATCH_TEST_CASE("engine: reports every model step and times every stage", "[pipeline]") {
  const TinyJob job(1);
  std::vector<int> steps;
  const std::vector<EngineTask> tasks = {job.task()};
  const auto generated = engine().run(tasks, [&](int step, int of) { steps.insert(steps.end(), {step, of}); });
  CATCH_CHECK(steps == std::vector<int>{1, 4, 2, 4, 3, 4, 4, 4});  // int(0.75 * 4) + 1
  for (const char* stage : {"encode", "condition", "denoise", "decode"})
    CATCH_CHECK(generated[0].timings_ms.at(stage) > 0);
}

CATCH_TEST_CASE("engine: a latent that is not finite fails its picture and no other", "[pipeline]") {
  const c10::InferenceMode guard;
  TinyJob one(1), two(2);
  one.job.input_path = "one.png";
  const std::vector<EngineTask> tasks = {one.task(), two.task()};
  at::Tensor latent = at::randn({2, 4, 6, 8});
  latent[0].fill_(std::numeric_limits<float>::quiet_NaN());
  const auto generated = finish(model(), tasks, {}, latent);
  CATCH_REQUIRE(generated[0].error);
  CATCH_CHECK(generated[0].error->kind() == ErrorKind::kModel);
  CATCH_CHECK(test::mentions(*generated[0].error, "the latent of \"one.png\""));
  CATCH_CHECK(generated[0].image.empty());
  CATCH_CHECK_FALSE(generated[1].error);
}

CATCH_TEST_CASE("engine: as many pictures fit into a call as their size lets", "[pipeline]") {
  CATCH_CHECK(engine().auto_batch({512, 512}) == 4);
  CATCH_CHECK(engine().auto_batch({2048, 2048}) == 1);
  CATCH_CHECK(engine().auto_batch({64, 64}) == 16);
}

CATCH_TEST_CASE("engine: wrong requests and missing files are errors of their kind", "[pipeline]") {
  EngineSpec spec = tiny_spec();
  spec.device = "tpu";
  CATCH_CHECK(error_of([&] { create_engine(spec); })->kind() == ErrorKind::kRequest);
  spec = tiny_spec();
  spec.dtype = "f8";
  CATCH_CHECK(error_of([&] { create_engine(spec); })->kind() == ErrorKind::kRequest);
  spec = tiny_spec();
  spec.model_path = "/none/model.safetensors";
  CATCH_CHECK(error_of([&] { create_engine(spec); })->kind() == ErrorKind::kFile);
  spec = tiny_spec();
  spec.vae_path = "/none/vae.safetensors";
  CATCH_CHECK(error_of([&] { create_engine(spec); })->kind() == ErrorKind::kFile);
}

CATCH_TEST_CASE("engine: an embedding changes the picture and is named with it; the word alone does not",
                "[pipeline]") {
  const test::TempFolder folder;
  const auto path = test::write_safetensors(folder / "my-style.safetensors", {{"emb_params", at::ones({2, 64})}});
  TinyJob plain(1), styled(1);
  plain.job.recipe.prompt = styled.job.recipe.prompt = "a lake in my-style";
  styled.job.recipe.negative_prompt = plain.job.recipe.negative_prompt = "";
  styled.job.embeddings = {{"my-style", path}};
  const auto without = run({plain.task()}), with = run({styled.task()}), again = run({plain.task()});
  CATCH_REQUIRE_FALSE(with[0].error);
  CATCH_CHECK(test::largest_difference(with[0].image, without[0].image) > test::kPixelSteps);
  CATCH_CHECK(again[0].image == without[0].image);
  CATCH_CHECK(without[0].networks.empty());
  CATCH_REQUIRE(with[0].networks.size() == 1);
  CATCH_CHECK(with[0].networks[0].name == "my-style");
  CATCH_CHECK(with[0].networks[0].total == 2);
  CATCH_CHECK(with[0].networks[0].short_hash == sha256_of_file(path).substr(0, 12));
  CATCH_CHECK_FALSE(with[0].networks[0].in_negative);
}
