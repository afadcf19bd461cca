// Tests of canvas/mask_sources: every mask that is no file, and the canvas that comes of it.
#include <catch2/catch.hpp>

#include <algorithm>

#include "canvas/mask_sources.h"
#include "canvas/sketch.h"
#include "image/composite.h"
#include "support/errors.h"
#include "support/pictures.h"

using namespace redraw;
using test::error_of;
using test::mentions;

namespace {

constexpr Size kSize{20, 16};
constexpr Rect kBox{4, 4, 12, 8};

Recipe with_mask(const std::string& mask) {
  Recipe recipe;
  recipe.mask = mask;
  return recipe;
}

/// Red strokes on nothing.
Image red_strokes() {
  Image layer(kSize.width, kSize.height, 4);
  for (int y = kBox.y1; y < kBox.y2; ++y)
    for (int x = kBox.x1; x < kBox.x2; ++x) {
      layer.at(x, y)[0] = 255;
      layer.at(x, y)[3] = 255;
    }
  return layer;
}

Canvas canvas_of(const Recipe& recipe, const Image& source, const std::optional<Image>& sketch = std::nullopt) {
  return make_canvas(recipe, source, std::nullopt, sketch);
}

}  // namespace

TEST_CASE("mask sources: each row makes a mask of the picture's size", "[canvas][table]") {
  for (const MaskSourceRow& row : mask_sources()) {
    INFO(row.name);
    const Recipe recipe = with_mask(std::string(row.name) + (row.needs_argument ? ":#ff0000" : ""));
    const Canvas canvas = canvas_of(recipe, test::noisy_image(kSize.width, kSize.height, 4), red_strokes());
    REQUIRE(canvas.mask);
    CHECK(canvas.mask->size() == kSize);
    CHECK(canvas.mask->channels == 1);
    CHECK(canvas.image.channels == 3);
    CHECK_FALSE(row.help.empty());
  }
}

TEST_CASE("alpha: what is transparent is redrawn, by how transparent it is", "[canvas]") {
  Image source(3, 1, 4, 50);
  source.data[3] = 255;
  source.data[7] = 0;
  source.data[11] = 200;
  CHECK(canvas_of(with_mask("alpha"), source).mask->data == std::vector<std::uint8_t>{0, 255, 55});
}

TEST_CASE("alpha: a picture without alpha has an empty mask", "[canvas]") {
  for (const int channels : {1, 3})
    CHECK(*canvas_of(with_mask("alpha"), Image(8, 6, channels, 90)).mask == Mask(8, 6, 1));
}

TEST_CASE("color: only exactly this colour counts", "[canvas]") {
  Image source(4, 1, 3, 0);
  source.data = {255, 0, 255, 254, 0, 255, 255, 1, 255, 255, 0, 254};
  CHECK(canvas_of(with_mask("color:#ff00ff"), source).mask->data == std::vector<std::uint8_t>{255, 0, 0, 0});
  CHECK(canvas_of(with_mask("color:#f0f"), source).mask->data == std::vector<std::uint8_t>{255, 0, 0, 0});
}

TEST_CASE("color: strokes count too, so that a marker colour can be painted on a layer", "[canvas]") {
  const Canvas canvas = canvas_of(with_mask("color:#ff0000"), Image(kSize.width, kSize.height, 3, 90), red_strokes());
  CHECK(*canvas.mask == test::square_mask(kSize, kBox));
}

TEST_CASE("sketch: the strokes are colour and mask", "[canvas]") {
  Recipe recipe = with_mask("sketch");
  recipe.mask_blur_x = recipe.mask_blur_y = 0;
  const Image source(kSize.width, kSize.height, 3, 90);
  const Canvas canvas = canvas_of(recipe, source, red_strokes());
  CHECK(*canvas.mask == test::square_mask(kSize, kBox));
  CHECK(canvas.image == apply_sketch(source, red_strokes()));
  recipe.mask_transparency = 100;
  CHECK(*canvas_of(recipe, source, red_strokes()).mask == Mask(kSize.width, kSize.height, 1));
  CHECK(canvas_of(recipe, source, red_strokes()).image == source);
}

TEST_CASE("a sketch beside a mask file or without a mask is paint alone", "[canvas]") {
  const Image source(kSize.width, kSize.height, 3, 90);
  const Mask mask = test::square_mask(kSize, {0, 0, 5, 5});
  const Canvas with_file = make_canvas(with_mask("mask.png"), source, mask, red_strokes());
  CHECK(*with_file.mask == mask);
  CHECK(with_file.image == apply_sketch(source, red_strokes()));
  CHECK_FALSE(canvas_of(Recipe{}, source, red_strokes()).mask);
}

TEST_CASE("mask sources: a file name is no row, whatever it begins with", "[canvas]") {
  for (const char* name : {"alpha.png", "./alpha", "masks/color.png", "sketches/{stem}.png", ""})
    CHECK(find_mask_source(name, false) == nullptr);
}

TEST_CASE("mask sources: what is wrong with the setting is told in full", "[canvas]") {
  const auto check = [](const char* mask, const char* words) {
    INFO(mask);
    const auto error = error_of([&] { find_mask_source(mask, false); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::kRequest);
    CHECK(mentions(*error, words));
    CHECK_FALSE(error->fix().empty());
  };
  check("color:nonsense", "\"nonsense\" is not a colour");
  check("color:#12345", "\"#12345\" is not a colour");
  check("color:", "names no colour");
  check("color", "names no colour");
  check("alpha:3", "\"alpha\" takes nothing after it");
  check("sketch", "there is no sketch");
}
