// Tests of batch/upscale: pictures through a stand-in network, sizes, alpha, blending, errors.
#include <catch2/catch.hpp>

#include "batch/fixture.h"
#include "batch/upscale.h"
#include "image/read.h"
#include "image/resample.h"
#include "image/row_streams.h"
#include "support/errors.h"
#include "support/pictures.h"

using namespace redraw;
using batch_test::Folder;

namespace {

/// Every pixel a square of 4 x 4.
class Squares : public Upscaler {
 public:
  Squares() {
    info_.name = "squares";
    info_.architecture = "test";
    info_.scale = 4;
  }
  const UpscalerInfo& info() const override { return info_; }
  std::unique_ptr<RowStage> rows(Size size, const Tiling&, RowSink sink) const override {
    return nearest_rows(size, {4 * size.width, 4 * size.height}, 3, std::move(sink));
  }

 private:
  UpscalerInfo info_;
};

class BrokenUpscaler : public Squares {
 public:
  std::unique_ptr<RowStage> rows(Size, const Tiling&, RowSink) const override {
    throw Error(ErrorKind::kModel, "not finite");
  }
};

Recipe recipe_for(const Folder& folder, const std::string& input) {
  Recipe recipe;
  recipe.inputs = {input};
  recipe.output = folder.text("out");
  recipe.upscaler = folder.write("net.pth", "");
  return recipe;
}

int run(const Recipe& recipe) {
  return run_upscale_with(recipe, {.quiet = true}, [](const UpscalerSpec&) { return std::make_unique<Squares>(); });
}

}  // namespace

TEST_CASE("upscale: without a size the network's factor counts; every kind of picture stays of its kind", "[batch]") {
  const Folder folder;
  for (const int channels : {1, 3, 4}) {
    const std::string name = std::to_string(channels) + ".png";
    const Image image = test::noisy_image(7, 5, channels);
    REQUIRE(run(recipe_for(folder, folder.picture(name, image))) == 0);
    CHECK(read_image(folder / ("out/" + name)) == resize_nearest(image, {28, 20}));
  }
}

TEST_CASE("upscale: another factor is reached by passes and Lanczos, to the pixel", "[batch]") {
  const Folder folder;
  const Image image = test::noisy_image(7, 5, 3);
  Recipe recipe = recipe_for(folder, folder.picture("a.png", image));
  recipe.scale = 5.1;
  REQUIRE(run(recipe) == 0);
  CHECK(read_image(folder / "out/a.png") == resize_lanczos(resize_nearest(image, {112, 80}), {35, 25}));
}

TEST_CASE("upscale: two upscalers are blended, constant alpha stays", "[batch]") {
  const Folder folder;
  Image image = test::noisy_image(7, 5, 4);
  for (std::size_t i = 3; i < image.data.size(); i += 4) image.data[i] = 200;
  Recipe recipe = recipe_for(folder, folder.picture("a.png", image));
  recipe.upscaler_2 = "lanczos";
  recipe.upscaler_2_visibility = 0.25;
  REQUIRE(run(recipe) == 0);
  const Image got = read_image(folder / "out/a.png"), first = resize_nearest(image, {28, 20});
  REQUIRE(got.size() == first.size());
  Image rgb(7, 5, 3);
  for (std::size_t i = 0; i < 35; ++i) std::copy_n(&image.data[4 * i], 3, &rgb.data[3 * i]);
  const Image second = resize_lanczos(rgb, {28, 20});
  for (std::size_t i = 0; i < 28 * 20; ++i)
    for (std::size_t c = 0; c < 3; ++c) {
      const float a = first.data[4 * i + c], b = second.data[3 * i + c];
      REQUIRE(got.data[4 * i + c] == static_cast<std::uint8_t>(a + 0.25F * (b - a)));
      REQUIRE(got.data[4 * i + 3] == 200);
    }
}

TEST_CASE("upscale: a 1x1 picture, and the texts that a result carries", "[batch]") {
  const Folder folder;
  REQUIRE(run(recipe_for(folder, folder.picture("a.png", test::noisy_image(1, 1, 3), {{"parameters", "a cat"}}))) == 0);
  CHECK(read_image(folder / "out/a.png").size() == Size{4, 4});
  const auto texts = png_texts(read_file(folder / "out/a.png"));
  CHECK(texts.at("parameters") == "a cat");
  CHECK(texts.at("postprocessing") == "Postprocess upscale by: 4, Postprocess upscaler: squares");
  CHECK(texts.at("redraw").find("\"command\":\"upscale\"") != std::string::npos);
}

TEST_CASE("upscale: a picture that fails leaves no file and does not stop the folder", "[batch]") {
  const Folder folder;
  folder.picture("in/a.png");
  folder.write("in/b.png", "no picture");
  CHECK(run(recipe_for(folder, folder.text("in"))) == 1);
  CHECK(std::filesystem::exists(folder / "out/a.png"));
  CHECK_FALSE(std::filesystem::exists(folder / "out/b.png"));
  Recipe recipe = recipe_for(folder, folder.text("in/a.png"));
  recipe.output = folder.text("other");
  CHECK(run_upscale_with(recipe, {.quiet = true},
                         [](const UpscalerSpec&) { return std::make_unique<BrokenUpscaler>(); }) == 4);
  CHECK(std::filesystem::is_empty(folder / "other"));
}

TEST_CASE("upscale: requests that cannot be meant are refused before anything runs", "[batch]") {
  const Folder folder;
  const std::string input = folder.picture("a.png");
  const auto code_with = [&](const std::function<void(Recipe&)>& change) {
    Recipe recipe = recipe_for(folder, input);
    change(recipe);
    return run(recipe);
  };
  CHECK(code_with([](Recipe& r) { r.upscaler = "lanczos"; }) == 2);
  CHECK(code_with([](Recipe& r) { r.upscaler = "no-such"; }) == 4);
  CHECK(code_with([](Recipe& r) { r.upscaler_2 = "nearest"; }) == 2);
  CHECK(code_with([](Recipe& r) { r.upscaler_2_visibility = 0.5; }) == 2);
  CHECK(code_with([](Recipe& r) { r.upscale_tile = 8; r.upscale_overlap = 8; }) == 2);
  CHECK(code_with([](Recipe& r) { r.origins["denoise"] = "--denoise"; }) == 2);
  CHECK(code_with([](Recipe& r) { r.origins["denoise"] = "fix.yaml:3:1"; }) == 0);
}

TEST_CASE("upscale: what a recipe says of redrawing need not be there", "[batch]") {
  const Folder folder;
  Recipe recipe = recipe_for(folder, folder.picture("a.png"));
  recipe.mask = folder.text("no-such-mask.png");
  recipe.styles = {"no-such-style"};
  recipe.loras = {"no-such-lora"};
  recipe.stages = {{{"denoise", {"0.5"}, "fix.yaml:3:5", {}}}};
  recipe.count = 3;
  CHECK(run(recipe) == 0);
  CHECK(std::filesystem::exists(folder / "out/a.png"));
}

TEST_CASE("upscale: a result that no file can hold is refused for its picture alone", "[batch]") {
  const Folder folder;
  folder.picture("in/long.png", Image(1, 5000, 3));
  folder.picture("in/short.png", Image(1, 2, 3));
  Recipe recipe = recipe_for(folder, folder.text("in"));
  recipe.scale = 16;
  CHECK(run(recipe) == 1);
  CHECK(read_image(folder / "out/short.png").size() == Size{16, 32});
  CHECK_FALSE(std::filesystem::exists(folder / "out/long.png"));
}

TEST_CASE("upscale: a picture's own upscaler counts, and each file is loaded once", "[batch]") {
  const Folder folder;
  folder.picture("in/a.png", Image(4, 4, 3));
  folder.picture("in/b.png", Image(4, 4, 3));
  folder.picture("in/c.png", Image(4, 4, 3));
  folder.write("in/b.redraw.yaml", "upscaler: nearest\nscale: 2\n");
  int loads = 0;
  const auto load = [&](const UpscalerSpec&) {
    ++loads;
    return std::make_unique<Squares>();
  };
  CHECK(run_upscale_with(recipe_for(folder, folder.text("in")), {.quiet = true}, load) == 0);
  CHECK(loads == 1);
  CHECK(read_image(folder / "out/a.png").size() == Size{16, 16});
  CHECK(read_image(folder / "out/b.png").size() == Size{8, 8});
}
