// Sketches and masks that are no files: planning, loading, notes.
#include <catch2/catch.hpp>

#include "batch/fixture.h"
#include "batch/load.h"
#include "batch/plan.h"
#include "canvas/sketch.h"
#include "image/read.h"

namespace redraw {
namespace {

using batch_test::Folder;

Recipe recipe_in(const Folder& folder, std::vector<std::string> inputs) {
  Recipe recipe;
  recipe.inputs = std::move(inputs);
  recipe.output = folder.text("out");
  recipe.model = folder.write("model.safetensors", "x");
  recipe.seed = 7;
  return recipe;
}

Image red_strokes(int width, int height) {
  Image layer(width, height, 4);
  for (int y = 4; y < 12; ++y)
    for (int x = 4; x < 12; ++x) {
      layer.at(x, y)[0] = 255;
      layer.at(x, y)[3] = 255;
    }
  return layer;
}

Loaded load_only(const Recipe& recipe) {
  const Plan plan = make_plan(recipe);
  REQUIRE(plan.errors.empty());
  REQUIRE(plan.jobs.size() == 1);
  Loaded loaded = load(plan.jobs[0]);
  loaded.asked = nullptr;  // the plan goes
  return loaded;
}

std::string only_error(const Recipe& recipe) {
  const Plan plan = make_plan(recipe);
  REQUIRE(plan.errors.size() == 1);
  CHECK(plan.errors[0].kind() == ErrorKind::kRequest);
  return plan.errors[0].message();
}

TEST_CASE("a sketch is found for each picture by its pattern, and lies on it") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png"), folder.picture("b.png")});
  folder.picture("s/a_strokes.png", red_strokes(16, 16));
  folder.picture("s/b_strokes.png", Image(16, 16, 4));
  recipe.sketch = folder.text("s/{stem}*.png");
  const Plan plan = make_plan(recipe);
  REQUIRE(plan.errors.empty());
  REQUIRE(plan.jobs.size() == 2);
  CHECK(plan.jobs[0].sketch_path == folder / "s/a_strokes.png");
  CHECK(plan.jobs[1].sketch_path == folder / "s/b_strokes.png");
  const Image picture = read_image(folder / "a.png");
  CHECK(load(plan.jobs[0]).prepared.init_image == apply_sketch(picture, red_strokes(16, 16)));
  CHECK(load(plan.jobs[1]).prepared.init_image == picture);
}

TEST_CASE("a sketch of another size fails its picture alone, with both sizes") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png"), folder.picture("b.png", 32, 16)});
  recipe.sketch = folder.picture("s.png", red_strokes(16, 16));
  const Plan plan = make_plan(recipe);
  CHECK(plan.errors.empty());
  CHECK(plan.jobs.size() == 1);
  REQUIRE(plan.failures.size() == 1);
  CHECK_THAT(plan.failures[0].error.message(), Catch::Contains("16x16") && Catch::Contains("32x16"));
}

TEST_CASE("masks that are no files need no file, and keep their name in the job") {
  const Folder folder;
  for (const char* mask : {"alpha", "color:#ff0000", "sketch"}) {
    Recipe recipe = recipe_in(folder, {folder.picture("a.png")});
    recipe.mask = mask;
    recipe.sketch = folder.picture("s.png", red_strokes(16, 16));
    const Plan plan = make_plan(recipe);
    INFO(mask);
    REQUIRE(plan.errors.empty());
    CHECK(plan.jobs.at(0).mask_path.empty());
    CHECK(plan.jobs.at(0).recipe.mask == mask);
    CHECK(plan.jobs.at(0).has_mask());
  }
}

TEST_CASE("a mask source that cannot be is refused before anything is read") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png")});
  recipe.origins["mask"] = "fix.yaml:3:7";
  recipe.mask = "sketch";
  CHECK_THAT(only_error(recipe), Catch::Contains("there is no sketch") && Catch::Contains("fix.yaml:3:7"));
  recipe.mask = "color:nonsense";
  CHECK_THAT(only_error(recipe), Catch::Contains("\"nonsense\" is not a colour") && Catch::Contains("fix.yaml:3:7"));
  recipe.mask = "alpha:1";
  CHECK_THAT(only_error(recipe), Catch::Contains("takes nothing after it"));
}

TEST_CASE("strokes as the mask, the crop region lies around them") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png", 64, 64)});
  recipe.mask = "sketch";
  recipe.sketch = folder.picture("s.png", red_strokes(64, 64));
  recipe.inpaint_area = InpaintArea::kOnlyMasked;
  recipe.mask_blur_x = recipe.mask_blur_y = 0;
  recipe.padding = 2;
  CHECK(load_only(recipe).prepared.crop_region == Rect{2, 2, 14, 14});
}

TEST_CASE("a padding larger than the picture takes the whole of it") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png", 48, 40)});
  Image mask(48, 40, 1);
  *mask.at(20, 20) = 255;
  recipe.mask = folder.picture("m.png", mask);
  recipe.inpaint_area = InpaintArea::kOnlyMasked;
  recipe.padding = 256;
  CHECK(load_only(recipe).prepared.crop_region == Rect{0, 0, 48, 40});
}

TEST_CASE("a mask that redraws nothing is a note, with strict an error") {
  const Folder folder;
  for (const bool transparent : {false, true}) {
    Recipe recipe = recipe_in(folder, {folder.picture("a.png")});
    recipe.mask = transparent ? "sketch" : folder.picture("m.png", Image(16, 16, 1));
    recipe.sketch = transparent ? folder.picture("s.png", red_strokes(16, 16)) : "";
    recipe.mask_transparency = transparent ? 60 : 0;
    CHECK_THAT(load_only(recipe).note, Catch::Contains("nothing of") && Catch::Contains("a.png"));
    recipe.strict = true;
    const Loaded strict = load_only(recipe);
    REQUIRE(strict.error);
    CHECK_THAT(strict.error->message(), Catch::Contains("--strict") && Catch::Contains("mask_transparency"));
  }
}

TEST_CASE("a white mask redraws everything, without a note") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png")});
  recipe.mask = folder.picture("m.png", Image(16, 16, 1, 255));
  for (const InpaintArea area : {InpaintArea::kWholePicture, InpaintArea::kOnlyMasked}) {
    recipe.inpaint_area = area;
    const Loaded loaded = load_only(recipe);
    CHECK_FALSE(loaded.error);
    CHECK(loaded.note.empty());
    CHECK(*loaded.prepared.latent_mask == Mask(16, 16, 1, 255));
  }
}

TEST_CASE("what does nothing without a mask is a note, with strict an error") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png")});
  CHECK(make_plan(recipe).notes.empty());
  recipe.soft_inpainting = true;
  REQUIRE(make_plan(recipe).notes.size() == 1);
  CHECK_THAT(make_plan(recipe).notes[0], Catch::Contains("soft_inpainting does nothing without a mask"));
  recipe.strict = true;
  CHECK_THAT(only_error(recipe), Catch::Contains("soft_inpainting"));
}

}  // namespace
}  // namespace redraw
