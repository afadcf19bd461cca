// Tests of soft inpainting, colour correction and resize mode latent through the Engine on the tiny checkpoint.
#include <catch2/catch.hpp>

#include "pipeline/engine.h"
#include "support/close.h"
#include "support/tiny_job.h"
#include "support/tiny_model.h"

using namespace redraw;
using test::TinyJob;

namespace {

Engine& engine() {
  static const std::unique_ptr<Engine> it = [] {
    EngineSpec spec;
    spec.model_path = test::tiny_checkpoint().string();
    spec.device = "cpu";
    spec.dtype = "f32";
    spec.threads = 2;
    return create_engine(spec);
  }();
  return *it;
}

std::vector<Generated> run(const std::vector<EngineTask>& tasks) { return engine().run(tasks, [](int, int) {}); }

/// A masked picture whose settings are changed and prepared anew.
TinyJob job_with(std::int64_t seed, const std::function<void(Recipe&)>& change) {
  const Mask mask = test::square_mask(test::kTinySize, {20, 12, 44, 36});
  TinyJob job(seed, mask);
  change(job.job.recipe);
  job.prepared = prepare(job.job, job.source, mask);
  return job;
}

Image finished(const TinyJob& job, const Generated& generated) {
  CATCH_REQUIRE_FALSE(generated.error);
  std::int64_t changed = -1;
  const Image result = paste_back(job.prepared, job.job, generated, &changed);
  CATCH_CHECK(changed == 0);
  return result;
}

void make_soft(Recipe& recipe) { recipe.soft_inpainting = true; }

}  // namespace

CATCH_TEST_CASE("soft inpainting: a batch of two gives what the two give alone", "[pipeline][property]") {
  const TinyJob one = job_with(1, make_soft), two = job_with(2, make_soft);
  const auto both = run({one.task(), two.task()});
  const TinyJob* jobs[] = {&one, &two};
  for (std::size_t i = 0; i < 2; ++i) {
    const Generated alone = run({jobs[i]->task()})[0];
    CATCH_REQUIRE(both[i].overlay_mask);
    CATCH_CHECK(test::largest_difference(*both[i].overlay_mask, *alone.overlay_mask) <= test::kPixelSteps);
    CATCH_CHECK(test::largest_difference(finished(*jobs[i], both[i]), finished(*jobs[i], alone)) <= test::kPixelSteps);
  }
}

CATCH_TEST_CASE("soft inpainting and colour correction: where the overlay is opaque no pixel changes",
                "[pipeline][property]") {
  for (const InpaintArea area : {InpaintArea::kWholePicture, InpaintArea::kOnlyMasked}) {
    const TinyJob job = job_with(3, [&](Recipe& recipe) {
      recipe.soft_inpainting = recipe.color_correction = true;
      recipe.inpaint_area = area;
      recipe.padding = 4;
    });
    const Image result = finished(job, run({job.task()})[0]);  // checks that nothing changed outside
    CATCH_CHECK(result.size() == test::kTinySize);
    CATCH_CHECK(test::largest_difference(result, job.source) > 5);
  }
}

CATCH_TEST_CASE("colour correction: pixels outside the mask stay as they were", "[pipeline][property]") {
  const TinyJob job = job_with(4, [](Recipe& recipe) { recipe.color_correction = true; });
  const Image result = finished(job, run({job.task()})[0]);
  for (int x = 0; x < 64; ++x) CATCH_REQUIRE(std::equal(result.at(x, 0), result.at(x, 0) + 3, job.source.at(x, 0)));
}

CATCH_TEST_CASE("soft inpainting: without a mask it is plain img2img", "[pipeline]") {
  TinyJob soft(5), plain(5);
  soft.job.recipe.soft_inpainting = true;
  const auto generated = run({soft.task()});
  CATCH_CHECK_FALSE(generated[0].overlay_mask);
  CATCH_CHECK(test::largest_difference(generated[0].image, run({plain.task()})[0].image) <= test::kPixelSteps);
}

CATCH_TEST_CASE("resize mode latent: a source of odd size comes out at the asked size, with and without a mask",
                "[pipeline]") {
  for (const bool masked : {false, true}) {
    TinyJob job(6);
    job.source = test::noisy_image(45, 37, 3);
    job.job.recipe.resize_mode = ResizeMode::kLatent;
    job.job.recipe.mask = masked ? "mask.png" : "";
    job.job.source_size = job.source.size();
    job.job.target_size = {100, 76};
    job.job.work_size = {104, 80};
    std::optional<Mask> mask;
    if (masked) mask = test::square_mask(job.source.size(), {10, 10, 30, 26});
    job.prepared = prepare(job.job, job.source, mask);
    const Generated generated = run({job.task()})[0];
    CATCH_CHECK(generated.image.size() == Size{104, 80});
    CATCH_CHECK(finished(job, generated).size() == Size{100, 76});
  }
}
