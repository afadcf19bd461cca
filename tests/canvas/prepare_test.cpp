// Tests of canvas/prepare: padding to the latent's grid, masks, and the way back.
#include <catch2/catch.hpp>

#include "canvas/prepare.h"
#include "redraw/engine.h"
#include "support/pictures.h"

using namespace redraw;

namespace {

Job plain_job(Size source, Size target) {
  Job job;
  job.source_size = source;
  job.target_size = target;
  job.work_size = {(target.width + 7) / 8 * 8, (target.height + 7) / 8 * 8};
  return job;
}

/// Job with a mask; work_size counts in only_masked.
Job masked_job(Size size, InpaintArea area, Size work) {
  Job job = plain_job(size, size);
  job.recipe.mask = "mask.png";
  job.recipe.inpaint_area = area;
  job.work_size = work;
  return job;
}

Image pasted(const Prepared& prepared, const Job& job, const Image& generated) {
  std::int64_t changed = -1;
  Image result = paste_back(prepared, job, Generated::of(generated), &changed);
  CHECK(changed == 0);
  return result;
}

}  // namespace

TEST_CASE("prepare: a size that is no multiple of 8 is padded with its edge and cut back", "[canvas]") {
  const Image source = test::noisy_image(45, 30, 3);
  const Job job = plain_job(source.size(), source.size());
  const Prepared prepared = prepare(job, source, std::nullopt);
  REQUIRE(prepared.init_image.size() == Size{48, 32});
  CHECK_FALSE(prepared.latent_mask);
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 48; ++x) {
      const auto* wanted = source.at(std::min(x, 44), std::min(y, 29));
      REQUIRE(std::equal(wanted, wanted + 3, prepared.init_image.at(x, y)));
    }
  CHECK(pasted(prepared, job, prepared.init_image) == source);
}

TEST_CASE("prepare: a multiple of 8 is left as it is", "[canvas]") {
  const Image source = test::noisy_image(48, 32, 3);
  const Job job = plain_job(source.size(), source.size());
  CHECK(prepare(job, source, std::nullopt).init_image == source);
}

TEST_CASE("prepare: pixels outside the mask come back bit for bit, whatever was generated", "[canvas][property]") {
  for (const Size size : {Size{64, 48}, Size{61, 45}}) {
    const Image source = test::noisy_image(size.width, size.height, 3);
    const Mask mask = test::square_mask(size, {20, 15, 35, 30});
    Job job = masked_job(size, InpaintArea::kWholePicture, {64, 48});
    for (const int blur : {0, 4}) {
      INFO(size.width << "x" << size.height << " blur " << blur);
      job.recipe.mask_blur_x = job.recipe.mask_blur_y = blur;
      const Prepared prepared = prepare(job, source, mask);
      REQUIRE(prepared.latent_mask->size() == job.work_size);
      const Image result = pasted(prepared, job, test::noisy_image(64, 48, 3, 77));
      REQUIRE(result.size() == size);
      const int reach = 3 * blur + 1;
      int changed = 0;
      for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x) {
          const bool near = x >= 20 - reach && x < 35 + reach && y >= 15 - reach && y < 30 + reach;
          const bool same = std::equal(result.at(x, y), result.at(x, y) + 3, source.at(x, y));
          if (!near) REQUIRE(same);
          changed += !same;
        }
      CHECK(changed >= 15 * 15 - 3);
    }
  }
}

TEST_CASE("prepare: only_masked redraws the region at work_size and lays it back in its place", "[canvas]") {
  const Image source = test::noisy_image(200, 150, 3);
  const Mask mask = test::square_mask(source.size(), {90, 60, 110, 80});
  Job job = masked_job(source.size(), InpaintArea::kOnlyMasked, {64, 64});
  job.recipe.padding = 10;
  job.recipe.mask_blur_x = job.recipe.mask_blur_y = 0;
  const Prepared prepared = prepare(job, source, mask);
  REQUIRE(prepared.crop_region == Rect{80, 50, 120, 90});
  CHECK(prepared.init_image.size() == job.work_size);
  CHECK(prepared.latent_mask->size() == job.work_size);
  const Image result = pasted(prepared, job, Image(64, 64, 3, 1));
  for (int y = 0; y < 150; ++y)
    for (int x = 0; x < 200; ++x) {
      const bool inside = x >= 90 && x < 110 && y >= 60 && y < 80;
      if (inside) REQUIRE(*result.at(x, y) == 1);
      else REQUIRE(std::equal(result.at(x, y), result.at(x, y) + 3, source.at(x, y)));
    }
}

TEST_CASE("prepare: a blank mask in only_masked goes on without a mask, at work_size", "[canvas]") {
  const Image source = test::noisy_image(64, 64, 3);
  const Job job = masked_job(source.size(), InpaintArea::kOnlyMasked, {64, 64});
  const Prepared prepared = prepare(job, source, Mask(64, 64, 1));
  CHECK_FALSE(prepared.crop_region);
  CHECK_FALSE(prepared.latent_mask);
  CHECK_FALSE(prepared.overlay);
  CHECK(prepared.init_image == source);
  const Image generated = test::noisy_image(64, 64, 3, 5);
  CHECK(pasted(prepared, job, generated) == generated);
}

TEST_CASE("prepare: not_masked turns the mask round", "[canvas]") {
  const Image source = test::noisy_image(64, 64, 3);
  Job job = masked_job(source.size(), InpaintArea::kWholePicture, {64, 64});
  job.recipe.mask_blur_x = job.recipe.mask_blur_y = 0;
  job.recipe.mask_mode = MaskMode::kNotMasked;
  const Mask mask = test::square_mask(source.size(), {16, 16, 48, 48});
  const Image result = pasted(prepare(job, source, mask), job, Image(64, 64, 3, 1));
  CHECK(std::equal(result.at(30, 30), result.at(30, 30) + 3, source.at(30, 30)));
  CHECK(*result.at(2, 2) == 1);
}

TEST_CASE("prepare: a mask of another size is brought to the picture's", "[canvas]") {
  const Image source = test::noisy_image(64, 64, 3);
  const Job job = masked_job(source.size(), InpaintArea::kWholePicture, {64, 64});
  const Prepared prepared = prepare(job, source, test::square_mask({32, 32}, {8, 8, 24, 24}));
  CHECK(prepared.latent_mask->size() == Size{64, 64});
  CHECK(*prepared.latent_mask->at(32, 32) > 200);
  CHECK(*prepared.latent_mask->at(1, 1) < 8);
}

TEST_CASE("prepare: fill replaces what stands under the mask and nothing else far from it", "[canvas]") {
  const Image source(64, 64, 3, 200);
  Job job = masked_job(source.size(), InpaintArea::kWholePicture, {64, 64});
  job.recipe.masked_content = MaskedContent::kFill;
  Image marked = source;
  std::fill_n(marked.at(32, 32), 3, std::uint8_t{0});
  const Prepared prepared = prepare(job, marked, test::square_mask(source.size(), {24, 24, 40, 40}));
  CHECK(*prepared.init_image.at(32, 32) > 180);
  CHECK(*prepared.init_image.at(2, 2) == 200);
}

TEST_CASE("prepare: transparency is laid on the background", "[canvas]") {
  Image source(8, 8, 4, 0);
  Job job = plain_job({8, 8}, {8, 8});
  job.recipe.background = "#102030";
  const Prepared prepared = prepare(job, source, std::nullopt);
  CHECK(std::vector<int>(prepared.init_image.data.begin(), prepared.init_image.data.begin() + 3) ==
        std::vector<int>{0x10, 0x20, 0x30});
}
