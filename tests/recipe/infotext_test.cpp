// Infotext: A1111's keys, order, quoting and omissions.
#include "recipe/infotext.h"

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
  CHECK_THAT(infotext_of(job, model_info()), !Catch::Contains("Variation") && !Catch::Contains("ENSD") && !Catch::Contains("resize"));
  job.recipe.sampler = "euler_a";
  job.recipe.variation_strength = 0.5;
  job.recipe.seed_resize_height = 768;
  job.recipe.clip_skip = 2;
  job.recipe.rng = Rng::kNv;
  job.recipe.noise_multiplier = 0;
  job.recipe.extra_noise = 1;
  CHECK_THAT(infotext_of(job, model_info()),
             Catch::Contains("Model: demo, Variation seed: 9, Variation seed strength: 0.5, Seed resize from: 512x768, "
                             "Denoising strength: 0.75, Clip skip: 2, ENSD: 31337, RNG: NV, Noise multiplier: 0.0, Extra noise: 1.0,"));
}

TEST_CASE("what A1111 has no key for follows under own keys") {
  Job job = plain_job();
  job.recipe.resize_mode = ResizeMode::kFill;
  job.recipe.exact_steps = true;
  CHECK_THAT(infotext_of(job, model_info()),
             Catch::Contains("RNG: CPU, Resize mode: Resize and fill, Exact steps: True, Version: redraw "));
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
  CHECK_THAT(text, Catch::Contains(", Hashes: {") && Catch::EndsWith("\"lora:ink\": \"aaaaaaaaaa\", \"lora:night\": \"cccccccccc\"}"));
  std::vector<std::string> left_over;
  settings_of_infotext(text, "x.png", left_over);
  CHECK(left_over.empty());
  CHECK_THAT(infotext_of(job, model_info()), !Catch::Contains("ashes"));
}

}  // namespace redraw
