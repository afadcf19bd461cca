// Stop rules, batch sizes and estimates.
#include "batch/stop.h"

#include <catch2/catch.hpp>

#include <cerrno>
#include <cstring>

#include <nlohmann/json.hpp>

#include "batch/estimate.h"
#include "batch/fixture.h"
#include "batch/model_cost.h"
#include "batch/plan_text.h"
#include "batch/run_plan.h"

namespace redraw {
namespace {

using batch_test::Folder;
using Clock = StopRule::Clock;

TEST_CASE("more failures than allowed stop, as a number and as a share") {
  Recipe recipe;
  recipe.max_failures = "2";
  CHECK(StopRule(recipe, 100, Clock::now()).before_batch(2) == Stop::kNone);
  CHECK(StopRule(recipe, 100, Clock::now()).before_batch(3) == Stop::kFailures);
  recipe.max_failures = "2.5%";
  CHECK(StopRule(recipe, 200, Clock::now()).before_batch(5) == Stop::kNone);
  CHECK(StopRule(recipe, 200, Clock::now()).before_batch(6) == Stop::kFailures);
  recipe.max_failures = "0";
  CHECK(StopRule(recipe, 1, Clock::now()).before_batch(1) == Stop::kFailures);
}

TEST_CASE("a batch that would end behind the time limit does not begin") {
  Recipe recipe;
  recipe.time_limit = "100s";
  StopRule rule(recipe, 10, Clock::now() - std::chrono::seconds(80));
  rule.batch_took(15);
  CHECK(rule.before_batch(0) == Stop::kNone);
  rule.batch_took(30);
  rule.batch_took(1);
  CHECK(rule.before_batch(0) == Stop::kTimeLimit);
}

TEST_CASE("the first reason stays") {
  Recipe recipe;
  recipe.max_failures = "0";
  StopRule rule(recipe, 10, Clock::now());
  rule.output_lost();
  CHECK(rule.before_batch(3) == Stop::kOutput);
}

TEST_CASE("a full disk stops a run, a picture that cannot be read does not") {
  CHECK(is_output_lost(Error(ErrorKind::kFile, "cannot write", "x", std::strerror(ENOSPC))));
  CHECK(is_output_lost(Error(ErrorKind::kFile, "cannot write", "x", std::strerror(EROFS))));
  CHECK_FALSE(is_output_lost(Error(ErrorKind::kFile, "cannot write", "x", std::strerror(EACCES))));
  CHECK_FALSE(is_output_lost(Error(ErrorKind::kRequest, "x", "x", std::strerror(ENOSPC))));
}

TEST_CASE("where every bit counts, one picture makes a call") {
  batch_test::InvertingEngine engine;
  Recipe recipe;
  CHECK(batch_size(recipe, engine, {64, 64}) == 4);
  recipe.batch = 7;
  CHECK(batch_size(recipe, engine, {64, 64}) == 7);
  recipe.determinism = Determinism::kBitwise;
  CHECK(batch_size(recipe, engine, {64, 64}) == 1);
}

std::string header_of(const nlohmann::json& tensors) {
  std::string text = tensors.dump(), bytes(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(text.size() >> (8 * i) & 255);
  return bytes + text;
}

nlohmann::json tensor(std::vector<int> shape) { return {{"dtype", "F16"}, {"shape", shape}, {"data_offsets", {0, 0}}}; }

TEST_CASE("the cost of a model follows from the shapes in its header") {
  const Folder folder;
  const std::string unet = "model.diffusion_model.";
  const std::string path = folder.write("m.safetensors", header_of({
      {unet + "input_blocks.0.0.weight", tensor({8, 4, 3, 3})},           // 288, at full size
      {unet + "input_blocks.1.0.op.weight", tensor({8, 8, 3, 3})},        // 576, at a quarter
      {unet + "middle_block.1.transformer_blocks.0.attn1.to_q.weight", tensor({8, 8})},  // 64, at a quarter, and pairs
      {unet + "time_embed.0.weight", tensor({100, 100})},                 // once a call
      {"first_stage_model.decoder.conv_out.weight", tensor({3, 16, 3, 3})}}));  // 432 a pixel
  const auto cost = read_model_cost(path);
  REQUIRE(cost);
  CHECK(cost->unet_per_cell == Approx(288 + 576 / 4.0 + 64 / 4.0));
  CHECK(cost->unet_per_pair == Approx(2 * 8 / 16.0));
  CHECK(cost->vae_per_pixel == Approx(432));
  CHECK(cost->parameters == Approx(288 + 576 + 64 + 10000 + 432));
  CHECK(cost->picture({64, 64}, 3, 2) == Approx(6 * (448 * 64.0 + 64.0 * 64) + 432 * 4096));
  CHECK_FALSE(read_model_cost(folder.write("x.safetensors", "nothing")));
  CHECK_FALSE(read_model_cost(folder.write("long.safetensors", std::string(8, '\xff'))));
}

TEST_CASE("a plan names all that is wrong beside all that would be done, in text and JSON") {
  const Folder folder;
  Recipe recipe;
  recipe.inputs = {folder.picture("a.png"), folder.picture("b.png"), folder.picture("c.png")};
  folder.picture("m/b.png", Image(16, 16, 1, 255));
  folder.picture("m/c-1.png", Image(16, 16, 1, 255));
  folder.picture("m/c-2.png", Image(16, 16, 1, 255));
  recipe.mask = folder.text("m/{stem}*.png");
  recipe.inpaint_area = InpaintArea::kOnlyMasked;
  recipe.output = folder.text("out");
  recipe.model = std::string(REDRAW_SOURCE_DIR) + "/models/demo.safetensors";
  const Plan plan = make_plan(recipe);
  const auto json = nlohmann::json::parse(plan_as_json(recipe, plan));
  REQUIRE(json.at("errors").size() == 2);
  CHECK_THAT(json.at("errors")[0].at("what").get<std::string>(),
             Catch::Contains("no mask for") && Catch::Contains("a.png"));
  CHECK_THAT(json.at("errors")[1].at("what").get<std::string>(),
             Catch::Contains("2 files are the mask of") && Catch::Contains("c.png"));
  REQUIRE(json.at("jobs").size() == 1);
  CHECK(json.at("jobs")[0].at("crop_region") == nlohmann::json{0, 0, 16, 16});
  CHECK(json.at("estimate").at("seconds") > 0);
  CHECK(json.at("estimate").at("memory_bytes") > 50e6);
  CHECK_THAT(plan_as_text(recipe, plan), Catch::Contains("crop 16x16 at 0,0") && Catch::Contains("about 0:0"));
}

}  // namespace
}  // namespace redraw
