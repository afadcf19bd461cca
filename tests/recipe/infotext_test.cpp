// Infotext: A1111's keys, order, quoting and omissions.
#include "recipe/infotext.h"

#include "recipe/infotext_settings.h"

#include <catch2/catch.hpp>

#include "recipe/infotext_settings.h"

namespace redraw {
namespace {

Job plain_job() {
  Job job;
  job.recipe.prompt = "a cat";
  job.recipe.scheduler = "karras";
  job.seed = 5;
  job.source_size = job.target_size = {100, 60};
  job.work_size = {104, 64};
  return job;
}

ModelInfo model_info() {
  ModelInfo model;
  model.model_name = "demo";
  model.model_sha256 = "0123456789abcdef";
  return model;
}

std::string text_of(const Job& job) { return infotext_of(job, model_info()); }

Recipe recipe_of(const std::string& text) {
  std::vector<std::string> left_over;
  Recipe recipe;
  CHECK(apply_settings(recipe, settings_of_infotext(text, "a.png", left_over)).empty());
  CHECK(left_over.empty());
  return recipe;
}

TEST_CASE("a plain picture has A1111's fields in A1111's order") {
  CHECK(write_infotext("a cat", "", infotext_fields(plain_job(), model_info(), "v1")) ==
        "a cat\nSteps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 5, Size: 100x60, "
        "Model hash: 0123456789, Model: demo, Denoising strength: 0.75, RNG: CPU, Version: v1");
}

TEST_CASE("mask fields are written only with a mask, and Size is then that of the crop") {
  Job job = plain_job();
  job.recipe.inpaint_area = InpaintArea::kOnlyMasked;
  CHECK_THAT(infotext_of(job, model_info()), !Catch::Contains("Only masked"));
  job.recipe.mask = "m.png";
  CHECK_THAT(infotext_of(job, model_info()),
             Catch::Contains("Size: 104x64") &&
                 Catch::Contains("RNG: CPU, Mask blur: 4, Inpaint area: Only masked, Masked area padding: 32"));
}

TEST_CASE("settings of the noise are written where A1111 has them, and left out where they do nothing") {
  Job job = plain_job();
  job.variation_seed = 9;
  job.recipe.ensd = 31337;  // DPM++ 2M draws no noise
  job.recipe.seed_resize_width = 512;
  CHECK_THAT(infotext_of(job, model_info()),
             !Catch::Contains("Variation") && !Catch::Contains("ENSD") && !Catch::Contains("resize"));
  job.recipe.sampler = "euler_a";
  job.recipe.variation_strength = 0.5;
  job.recipe.seed_resize_height = 768;
  job.recipe.clip_skip = 2;
  job.recipe.rng = Rng::kNv;
  job.recipe.noise_multiplier = 0;
  job.recipe.extra_noise = 1;
  CHECK_THAT(
      infotext_of(job, model_info()),
      Catch::Contains(
          "Model: demo, Variation seed: 9, Variation seed strength: 0.5, Seed resize from: 512x768, "
          "Denoising strength: 0.75, Clip skip: 2, ENSD: 31337, RNG: NV, Noise multiplier: 0.0, Extra noise: 1.0,"));
}

TEST_CASE("what a sampler or schedule does not read is not written, the rest in A1111's order") {
  Job job = plain_job();
  Recipe& r = job.recipe;
  r.eta = 0.5;
  r.s_churn = 5;
  r.s_noise = 1.01;
  r.sigma_min = 0.1;
  r.rho = 5;
  r.discard_penultimate = true;
  CHECK_THAT(text_of(job),
             Catch::Contains(
                 "RNG: CPU, Discard penultimate sigma: True, Schedule min sigma: 0.1, Schedule rho: 5.0, Version"));
  r.sampler = "heun";
  r.scheduler = "beta";
  CHECK_THAT(text_of(job), Catch::Contains("sigma: 0.1, Beta schedule alpha: 0.6, Beta schedule beta: 0.6, Sigma "
                                           "churn: 5.0, Sigma noise: 1.01, Version"));
  r.sampler = "dpm2_a";
  r.scheduler = "automatic";
  CHECK_THAT(
      text_of(job),
      Catch::Contains("RNG: CPU, Schedule min sigma: 0.1, Schedule rho: 5.0, Eta: 0.5, Sigma noise: 1.01, Version"));
  r.sampler = "ddim";
  CHECK_THAT(text_of(job), Catch::Contains("RNG: CPU, Discard penultimate sigma: True, Eta DDIM: 0.5, Version"));
  r.sampler = "unipc";
  r.unipc_variant = UnipcVariant::kBh2;
  r.unipc_lower_order_final = false;
  CHECK_THAT(text_of(job), Catch::Contains("sigma: True, UniPC variant: bh2, UniPC lower order final: False, Version"));
}

TEST_CASE("settings of samplers and schedules come back out of the text") {
  Job job = plain_job();
  Recipe& r = job.recipe;
  r.sampler = "heun";
  r.scheduler = "karras";
  r.s_churn = 5;
  r.s_tmin = 0.2;
  r.s_tmax = 7;
  r.s_noise = 1.01;
  r.sigma_min = 0.1;
  r.sigma_max = 8;
  r.rho = 5;
  r.noise_schedule = NoiseSchedule::kZeroTerminalSnr;
  r.quantize = r.discard_penultimate = true;
  const Recipe back = recipe_of(text_of(job));
  CHECK(back.s_churn == 5);
  CHECK(back.s_tmin == 0.2);
  CHECK(back.s_tmax == 7);
  CHECK(back.s_noise == 1.01);
  CHECK(back.sigma_min == 0.1);
  CHECK(back.sigma_max == 8);
  CHECK(back.rho == 5);
  CHECK(back.noise_schedule == NoiseSchedule::kZeroTerminalSnr);
  CHECK(back.quantize);
  CHECK(back.discard_penultimate);
  r.sampler = "ddim_cfgpp";
  r.eta = 0.25;
  CHECK(recipe_of(text_of(job)).eta == 0.25);
  r.sampler = "unipc";
  r.unipc_skip_type = UnipcSkip::kLogSnr;
  r.unipc_order = 2;
  CHECK(recipe_of(text_of(job)).unipc_skip_type == UnipcSkip::kLogSnr);
  CHECK(recipe_of(text_of(job)).unipc_order == 2);
}

TEST_CASE("what A1111 has no key for follows under own keys") {
  Job job = plain_job();
  job.recipe.resize_mode = ResizeMode::kFill;
  job.recipe.exact_steps = true;
  CHECK_THAT(infotext_of(job, model_info()),
             Catch::Contains("RNG: CPU, Resize mode: Resize and fill, Exact steps: True, Version: redraw "));
}

TEST_CASE("tiles are named: joint ones under own keys, single ones as A1111's script SD upscale; both come back") {
  Job job = plain_job();
  job.recipe.upscaler = "lanczos";
  job.recipe.tile_overlap = 48;
  job.recipe.tile_mode = TileMode::kSingle;
  CHECK_THAT(text_of(job), !Catch::Contains("SD upscale"));  // without a tile
  job.recipe.tile = "auto";
  CHECK_THAT(text_of(job),
             Catch::Contains("RNG: CPU, SD upscale overlap: 48, SD upscale upscaler: Lanczos, Tile: auto, Version"));
  const Recipe single = recipe_of(text_of(job));
  CHECK(single.tile == "auto");
  CHECK(single.tile_mode == TileMode::kSingle);
  CHECK(single.tile_overlap == 48);
  CHECK(single.upscaler == "Lanczos");
  CHECK(single.width == 100);
  job.recipe.tile_mode = TileMode::kJoint;
  job.recipe.tile = "512";
  CHECK_THAT(text_of(job), Catch::Contains("RNG: CPU, Upscaler: Lanczos, Tile: 512, Tile overlap: 48, Version"));
  CHECK(recipe_of(text_of(job)).tile_mode == TileMode::kJoint);
  CHECK(recipe_of(text_of(job)).tile == "512");
}

TEST_CASE("A1111's own SD upscale: its Size is that of the tiles") {
  const std::string text =
      "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: {}, SD upscale overlap: 64, SD upscale "
      "upscaler: None";
  const auto with = [&](const std::string& size) { return std::string(text).replace(text.find("{}"), 2, size); };
  const Recipe recipe = recipe_of(with("640x640"));
  CHECK(recipe.tile == "640");
  CHECK(recipe.tile_mode == TileMode::kSingle);
  CHECK_FALSE(recipe.width);
  std::vector<std::string> left_over;
  settings_of_infotext(with("640x512"), "a.png", left_over);
  CHECK(left_over == std::vector<std::string>{"Size: 640x512, of the tiles of an SD upscale"});
}

TEST_CASE("what SDXL is told is written where it is not the usual, and comes back") {
  Job job = plain_job();
  job.recipe.sdxl_clip_l_skip = true;
  job.recipe.sdxl_crop_top = 16;
  job.recipe.sdxl_crop_left = 8;
  const std::string text = infotext_of(job, model_info());
  CHECK_THAT(text, Catch::Contains("SDXL clip L skip: True, SDXL crop top: 16, SDXL crop left: 8"));
  CHECK(recipe_of(text).sdxl_clip_l_skip);
  CHECK(recipe_of(text).sdxl_crop_top == 16);
  CHECK(recipe_of(text).sdxl_crop_left == 8);
}

TEST_CASE("values with commas, colons or line feeds are quoted and come back") {
  for (const char* text : {"a, b", "a: \"b\"", "line\nfeed", "\x7f:", "plain"})
    CHECK(unquote_infotext(quote_infotext(text)) == text);
  CHECK(quote_infotext("plain") == "plain");
  CHECK(unquote_infotext("\"") == "\"");
  CHECK(write_infotext("", "", {{"Flag", "Flag"}, {"Empty", ""}, {"List", "a, b"}}) == "Flag, List: \"a, b\"");
}

}  // namespace

TEST_CASE("infotext: LoRAs stand in the prompt, their hashes in A1111's field and in Civitai's", "[recipe]") {
  Job job;
  job.recipe.prompt = "a lake <lora:ink:0.8>";
  job.loras = {{"ink", "ink.safetensors", 0.8, 0.8}, {"night", "night.safetensors", 0.5, 1}};
  job.loras[1].in_prompt = false;
  const std::vector<UsedNetwork> networks = {{"lora", "ink", "", std::string(64, 'a'), std::string(12, 'b')},
                                             {"lora", "night", "", std::string(64, 'c'), std::string(12, 'd')}};
  const std::string text = infotext_of(job, model_info(), networks);
  CHECK(text.starts_with("a lake <lora:ink:0.8><lora:night:0.5:1>\n"));
  CHECK_THAT(text, Catch::Contains("Lora hashes: \"ink: bbbbbbbbbbbb, night: dddddddddddd\", Version"));
  CHECK_THAT(text, Catch::Contains(", Hashes: {") &&
                       Catch::EndsWith("\"lora:ink\": \"aaaaaaaaaa\", \"lora:night\": \"cccccccccc\"}"));
  std::vector<std::string> left_over;
  settings_of_infotext(text, "x.png", left_over);
  CHECK(left_over.empty());
  CHECK_THAT(infotext_of(job, model_info()), !Catch::Contains("ashes"));
}

TEST_CASE("infotext: embeddings stand in A1111's field once for each encoder and prompt, in Civitai's once",
          "[recipe]") {
  Job job;
  job.recipe.prompt = "a lake in ink:style";
  job.recipe.negative_prompt = "(neg:1.2)";
  job.recipe.emphasis = Emphasis::kNoNorm;
  UsedNetwork ink{"embedding", "ink:style", "", std::string(64, 'a'), std::string(12, 'a')};
  UsedNetwork neg{"embedding", "neg", "", std::string(64, 'c'), std::string(12, 'c')};
  CHECK_THAT(infotext_of(job, model_info(), std::vector{ink, ink}),
             Catch::Contains("Emphasis: No norm, TI hashes: \"inkstyle: aaaaaaaaaaaa, inkstyle: aaaaaaaaaaaa\""));
  neg.in_negative = true;
  const std::string text = infotext_of(job, model_info(), std::vector{ink, neg});
  CHECK_THAT(text, Catch::Contains("TI hashes: \"inkstyle: aaaaaaaaaaaa, neg: cccccccccccc\", Emphasis: No norm"));
  CHECK_THAT(text, Catch::EndsWith("\"embed:ink:style\": \"aaaaaaaaaa\", \"embed:neg\": \"cccccccccc\"}") &&
                       !Catch::Contains("Lora hashes"));
  std::vector<std::string> left_over;
  settings_of_infotext(text, "x.png", left_over);
  CHECK(left_over.empty());
}

}  // namespace redraw
