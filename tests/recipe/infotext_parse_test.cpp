// Infotext read back: what was written comes again, foreign fields are named, no text crashes the parser.
#include "recipe/infotext_parse.h"

#include <random>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "recipe/infotext.h"
#include "recipe/infotext_settings.h"
#include "recipe/version.h"
#include "schedule/samplers.h"

using namespace redraw;
using Words = std::vector<std::string>;

namespace {

struct Random {
  std::mt19937 source;
  int below(int n) { return static_cast<int>(source() % static_cast<unsigned>(n)); }
  bool coin() { return below(2) == 0; }
  double hundredths(int most) { return below(most * 100 + 1) / 100.0; }
  std::string text() {
    static const Words kWords = {"a lake",       "(red:1.2)", ",",     ":",     "\"x\"",  "\\(",
                                 "\xE9\x9B\xAA", "Steps: 4",  "[a|b]", "@file", "\nline", "BREAK"};
    std::string text = "w";
    for (int n = below(8); n-- > 0;) text += kWords[static_cast<std::size_t>(below(static_cast<int>(kWords.size())))];
    return text + "w";
  }
};

void fill_mask_settings(Random& random, Recipe& recipe) {
  recipe.mask = "m.png";
  recipe.mask_mode = static_cast<MaskMode>(random.below(2));
  recipe.mask_blur_x = recipe.mask_blur_y = 1 + random.below(64);
  recipe.mask_grow = random.below(21) - 10;
  recipe.masked_content = static_cast<MaskedContent>(random.below(4));
  recipe.inpaint_area = static_cast<InpaintArea>(random.below(2));
  if (recipe.inpaint_area == InpaintArea::kOnlyMasked) recipe.padding = random.below(257);
  recipe.soft_inpainting = random.coin();
  if (recipe.soft_inpainting)
    recipe.soft = {random.hundredths(8), random.hundredths(8), 1 + random.hundredths(31),
                   random.hundredths(1), random.hundredths(8), random.hundredths(8)};
}

void fill_noise_settings(Random& random, Job& job) {
  Recipe& recipe = job.recipe;
  recipe.rng = random.coin() ? Rng::kNv : Rng::kCpu;
  recipe.noise_multiplier = random.hundredths(1);
  recipe.extra_noise = random.hundredths(1);
  if (recipe.sampler == "euler_a") recipe.ensd = random.below(99999) - 50000;
  if (random.coin()) recipe.seed_resize_width = recipe.seed_resize_height = 8 + random.below(2000);
  if (random.coin()) return;
  recipe.variation_strength = 0.01 * (1 + random.below(100));
  recipe.variation_seed = job.variation_seed = static_cast<std::int64_t>(random.source());
}

/// A1111 names the emphasis where a prompt has brackets, and rules of guidance that took effect.
void fill_guidance_settings(Random& random, Recipe& recipe) {
  recipe.tiling = random.coin();
  recipe.cfg_rescale = random.hundredths(1);
  recipe.comma_backtrack = random.below(75);
  recipe.s_min_uncond = random.hundredths(15);
  recipe.s_min_uncond_all = recipe.s_min_uncond != 0 && random.coin();
  recipe.skip_early_cond = random.hundredths(1);
  if ((recipe.prompt + recipe.negative_prompt).find_first_of("([") != std::string::npos)
    recipe.emphasis = static_cast<Emphasis>(random.below(4));
}

Job random_job(Random& random) {
  Job job;
  Recipe& recipe = job.recipe;
  recipe.prompt = random.text();
  if (random.coin()) recipe.negative_prompt = random.text();
  recipe.steps = 1 + random.below(150);
  const SamplerRow& sampler = samplers()[static_cast<std::size_t>(random.below(static_cast<int>(samplers().size())))];
  recipe.sampler = sampler.name;
  recipe.scheduler =
      schedulers()[2 + static_cast<std::size_t>(random.below(static_cast<int>(schedulers().size()) - 2))].name;
  recipe.cfg_scale = 1 + random.hundredths(29);
  recipe.denoise = random.hundredths(1);
  recipe.clip_skip = 1 + random.below(12);
  recipe.resize_mode = static_cast<ResizeMode>(random.below(4));
  recipe.exact_steps = random.coin();
  recipe.color_correction = random.coin();
  if (random.coin()) fill_mask_settings(random, recipe);
  recipe.seed = job.seed = static_cast<std::int64_t>(random.source());
  fill_noise_settings(random, job);
  fill_guidance_settings(random, recipe);
  job.target_size = job.work_size = {8 * (1 + random.below(200)), 8 * (1 + random.below(200))};
  recipe.width = job.target_size.width;
  recipe.height = job.target_size.height;
  return job;
}

Words left_over_of(const std::string& text) {
  Words left_over;
  settings_of_infotext(text, "x.png", left_over);
  return left_over;
}

}  // namespace

TEST_CASE("what was written as infotext gives the same settings again", "[recipe][infotext]") {
  Random random{std::mt19937(11)};
  for (int round = 0; round < 300; ++round) {
    Job job = random_job(random);
    const std::string text =
        infotext_of(job, ModelInfo{}, {}, {job.recipe.s_min_uncond != 0, job.recipe.skip_early_cond != 0});
    Words left_over;
    Recipe again;
    const auto errors = apply_settings(again, settings_of_infotext(text, "x.png", left_over));
    INFO(text);
    REQUIRE(errors.empty());
    CHECK(left_over.empty());
    job.recipe.mask = "";  // a file that no infotext names
    for (const Option& option : options()) {
      INFO(option.key);
      CHECK(text_of(option, again) == text_of(option, job.recipe));
    }
  }
}

TEST_CASE("a setting of an infotext says where it came from", "[recipe][infotext]") {
  Words left_over;
  Recipe recipe;
  const auto errors = apply_settings(
      recipe, settings_of_infotext("x\nSteps: 900, Sampler: Hein, Seed: 1, RNG: CPU", "a.png", left_over));
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].where() == "a.png: Steps");
  CHECK(errors[1].where() == "a.png: Sampler");
  CHECK(recipe.origins.at("seed") == "a.png: Seed");
}

TEST_CASE("a prompt in an infotext never names a file", "[recipe][infotext]") {
  for (const char* prompt : {"@/etc/hostname", "@@two"}) {
    Words left_over;
    Recipe recipe;
    CHECK(apply_settings(recipe, settings_of_infotext(prompt, "x", left_over)).empty());
    CHECK(recipe.prompt == prompt);
    CHECK(recipe.origins.size() == 2);  // both prompts, and nothing that the text does not speak of
  }
}

TEST_CASE("fields without a setting are named, facts are passed over", "[recipe][infotext]") {
  const std::string line = "x\nSteps: 20, Seed: 1, Size: 512x512, Model hash: ab, Model: m, Version: v1.10.1";
  CHECK(left_over_of(line).empty());
  CHECK(left_over_of(line + ", RNG: CPU, Variation seed: 5").empty());
  CHECK(left_over_of(line + ", Hires upscale: 2, Face restoration: CodeFormer") ==
        Words{"Hires upscale: 2", "Face restoration: CodeFormer"});
  CHECK(left_over_of("only a prompt").empty());
  CHECK(model_of_infotext(line) == "m");
}

TEST_CASE("A1111's noise of a GPU is that of rng nv", "[recipe][infotext]") {
  const auto rng_of = [](const std::string& rng) {
    Words left_over;
    Recipe recipe;
    CHECK(apply_settings(recipe, settings_of_infotext("x\nSteps: 20, Seed: 1, Size: 512x512" + rng, "a", left_over))
              .empty());
    return recipe.rng;
  };
  CHECK(rng_of("") == Rng::kNv);
  CHECK(rng_of(", RNG: NV") == Rng::kNv);
  CHECK(rng_of(", RNG: CPU") == Rng::kCpu);
}

TEST_CASE("an old sampler name sets the scheduler, A1111's defaults come with a text", "[recipe][infotext]") {
  Words left_over;
  Recipe recipe;
  recipe.clip_skip = 3;
  recipe.mask_blur_x = 9;
  CHECK(apply_settings(recipe, settings_of_infotext("x\nSteps: 5, Sampler: Euler a Karras, Seed: 1", "a", left_over))
            .empty());
  CHECK(recipe.sampler == "euler_a");
  CHECK(recipe.scheduler == "karras");
  CHECK(recipe.clip_skip == 1);
  CHECK(recipe.mask_blur_x == 9);  // A1111 has no default for it either
}

TEST_CASE("versions are ordered as Python orders them", "[recipe][version]") {
  const Words rising = {"1.0.dev3", "1.0a1.dev1", "1.0a1", "1.0-alpha2", "v1.0beta", "1.0rc1", "1.0", "1.0+local",
                        "1.0-1", "1.0.post2.dev1", "1.0.post2", "1.0.1", "1.10", "1!0.1"};
  for (std::size_t i = 1; i < rising.size(); ++i) {
    INFO(rising[i]);
    REQUIRE(parse_version(rising[i]));
    CHECK(*parse_version(rising[i - 1]) < *parse_version(rising[i]));
    CHECK_FALSE(*parse_version(rising[i]) < *parse_version(rising[i - 1]));
  }
  CHECK(parse_version(" V1.0-ALPHA.2 ")->text == "1.0a2");
  CHECK(parse_version("v1.7.0-225-gabcdef")->text == "1.7.0.post225");
  CHECK_FALSE(*parse_version("1.0") < *parse_version("1.0.0"));
  for (const char* text : {"", "v", "1.", "1.0x", "1.0+", "1.0+a..b", "redraw 0.1", "99999999999999999999"})
    CHECK_FALSE(parse_version(text));
}

TEST_CASE("no text crashes the infotext parser, and long ones take no long time", "[recipe][infotext]") {
  std::mt19937 random(3);
  const std::string letters = "aZ1:, \"\\\n-/x{}\xC3\xA9\xE4\xFF\t[](";
  for (int round = 0; round < 4000; ++round) {
    std::string text = round % 2 == 0 ? "" : "p\nSteps: 20, Sampler: Euler, Seed: 1, Size: 64x64, ";
    for (std::size_t n = random() % 60; n-- > 0;) text += letters[random() % letters.size()];
    left_over_of(text);
    parse_version(text);
  }
  for (const char* unit : {"a", "a ", "a:", "\"", "\"\\", ", a", "\n", " "}) {
    std::string text;
    for (int i = 0; i < 200'000; ++i) text += unit;
    split_infotext(text);
  }
  CHECK(split_infotext("x\nab: \"q, c: d\", ef: g, hi: \"\"").fields.size() == 3);
}
