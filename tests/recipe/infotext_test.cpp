// Infotext: A1111's keys, order, quoting and omissions.
#include "recipe/infotext.h"

#include <catch2/catch.hpp>

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
}  // namespace redraw
