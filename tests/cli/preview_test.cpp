// redraw preview: pictures there, what they show, exit codes, and that no model is needed.
#include <catch2/catch.hpp>

#include "canvas/preview.h"
#include "cli/program.h"
#include "image/draw.h"
#include "image/png.h"
#include "image/read.h"
#include "support/pictures.h"

namespace fs = std::filesystem;
using namespace redraw;
using Catch::Contains;
using redraw::test::Folder;
using redraw::test::Outcome;

namespace {

constexpr int kSecond = 2 * kPanelMargin + kPanelLeast - kPanelMargin;  // from panel to panel

void write(const Folder& folder, const std::string& name, const Image& image) {
  const auto bytes = encode_png(image, {});
  folder.write(name, {bytes.begin(), bytes.end()});
}

/// a.png, grey, 200x120; m.png with a white square at 80..120, 40..80.
void write_pair(const Folder& folder) {
  write(folder, "a.png", Image(200, 120, 3, 100));
  write(folder, "m.png", test::square_mask({200, 120}, {80, 40, 120, 80}));
}

/// Pixel (x, y) of the n-th panel; all pictures here are smaller than a panel.
Rgb pixel_of(const Image& image, int n, int x, int y) {
  const std::uint8_t* p = image.at(kPanelMargin + n * kSecond + x, kPanelTop + y);
  return {p[0], p[1], p[2]};
}

}  // namespace

TEST_CASE("preview writes one picture beside where the result would lie, without a model", "[cli]") {
  const Folder folder;
  write_pair(folder);
  const Outcome run = folder.run("preview a.png -m m.png -M gone.safetensors");
  REQUIRE(run.code == 0);
  CHECK(run.out.empty());
  CHECK_THAT(run.err, Contains("1/1  redrawn/a.preview.png\n") && Contains("1 written") && !Contains("seed"));
  const Image image = read_image(folder.path() / "redrawn/a.preview.png");
  CHECK(image.width == kPanelMargin + 4 * kSecond);
  CHECK((image.height > kPanelTop + 120 && image.height < 400));
  CHECK(pixel_of(image, 0, 100, 60) == Rgb{100, 100, 100});
  CHECK(pixel_of(image, 1, 100, 60) == Rgb{255, 255, 255});
  CHECK(pixel_of(image, 1, 40, 60) == Rgb{0, 0, 0});
  CHECK(pixel_of(image, 2, 100, 60) == Rgb{197, 37, 37});
  CHECK(pixel_of(image, 2, 10, 10) == Rgb{100, 100, 100});
  CHECK(pixel_of(image, 3, 100, 60) == Rgb{100, 100, 100});
}

TEST_CASE("preview of only_masked frames the region of the plan", "[cli]") {
  const Folder folder;
  write_pair(folder);
  const std::string flags = "a.png -m m.png --mask-blur 0 --inpaint-area only_masked --padding 10 --size 64x64";
  REQUIRE(folder.run("preview " + flags).code == 0);
  CHECK_THAT(folder.run("preview " + flags + " -o other --dry-run").out, Contains("crop 60x60 at 70,30"));
  const Image image = read_image(folder.path() / "redrawn/a.preview.png");
  const Rgb frame{255, 220, 0}, plain{100, 100, 100};
  CHECK(pixel_of(image, 2, 70, 30) == frame);
  CHECK(pixel_of(image, 2, 129, 89) == frame);
  CHECK(pixel_of(image, 2, 69, 30) == plain);
  CHECK(pixel_of(image, 2, 130, 89) == plain);
  CHECK(pixel_of(image, 2, 75, 35) == plain);
  CHECK(pixel_of(image, 3, 63, 63) == plain);
  CHECK_FALSE(pixel_of(image, 3, 64, 63) == plain);
}

TEST_CASE("preview shows strokes, as a layer and as the mask", "[cli]") {
  const Folder folder;
  write_pair(folder);
  Image strokes(200, 120, 4);
  for (int y = 20; y < 100; ++y)
    for (int x = 20; x < 60; ++x) *strokes.at(x, y) = *(strokes.at(x, y) + 3) = 255;
  write(folder, "s.png", strokes);
  REQUIRE(folder.run("preview a.png --sketch s.png -o layer").code == 0);
  const Image layer = read_image(folder.path() / "layer/a.preview.png");
  CHECK(layer.width == kPanelMargin + 2 * kSecond);
  CHECK(pixel_of(layer, 0, 40, 60) == Rgb{255, 0, 0});
  REQUIRE(folder.run("preview a.png --sketch s.png -m sketch -o mask").code == 0);
  const Image mask = read_image(folder.path() / "mask/a.preview.png");
  CHECK(mask.width == kPanelMargin + 4 * kSecond);
  CHECK(pixel_of(mask, 1, 40, 60) == Rgb{255, 255, 255});
  CHECK(pixel_of(mask, 1, 100, 60) == Rgb{0, 0, 0});
}

TEST_CASE("preview of a folder: one broken picture fails alone", "[cli]") {
  const Folder folder;
  for (const char* name : {"in/a.png", "in/b.png"}) write(folder, name, Image(40, 30, 3, 50));
  folder.write("in/c.png", "no picture");
  const Outcome run = folder.run("preview in -o out --count 3");
  CHECK(run.code == 1);
  CHECK_THAT(run.err, Contains("in/c.png") && Contains("2 written, 1 failed"));
  CHECK(fs::exists(folder.path() / "out/a.preview.png"));
  CHECK(fs::exists(folder.path() / "out/b.preview.png"));
  CHECK_FALSE(fs::exists(folder.path() / "out/c.preview.png"));
}

TEST_CASE("preview follows the recipe's name and existing, and never replaces an original", "[cli]") {
  const Folder folder;
  write_pair(folder);
  folder.write("r.yaml", "mask: m.png\nname: \"[stem]-x.png\"\n");
  REQUIRE(folder.run("preview a.png -R r.yaml").code == 0);
  CHECK(fs::exists(folder.path() / "redrawn/a-x.preview.png"));
  const Outcome again = folder.run("preview a.png -R r.yaml");
  CHECK(again.code == 2);
  CHECK_THAT(again.err, Contains("is there already"));
  CHECK(folder.run("preview a.png -R r.yaml --existing skip").code == 0);
  CHECK(folder.run("preview a.png -R r.yaml --existing rename").code == 0);
  CHECK(fs::exists(folder.path() / "redrawn/a-x.preview-1.png"));
  const std::string before = folder.read("a.png");
  const Outcome own = folder.run("preview a.png -o a.png --existing overwrite");
  CHECK(own.code == 2);
  CHECK_THAT(own.err, Contains("would replace the input"));
  CHECK(folder.read("a.png") == before);
}

TEST_CASE("preview and the main job never replace a sketch", "[cli]") {
  const Folder folder;
  write_pair(folder);
  write(folder, "out/s.png", Image(200, 120, 3, 7));
  const Outcome run = folder.run("preview a.png --sketch out/s.png -o out/s.png --existing overwrite");
  CHECK(run.code == 2);
  CHECK_THAT(run.err, Contains("would replace a sketch"));
}

TEST_CASE("preview reports what is wrong as the main job does", "[cli]") {
  const Folder folder;
  write_pair(folder);
  CHECK(folder.run("preview").code == 2);
  CHECK(folder.run("preview a.png --denoise 2").code == 2);
  CHECK(folder.run("preview gone.png").code == 3);
  CHECK_THAT(folder.run("preview a.png --name '[stem].jpg'").err, Contains("asks for .jpg"));
  CHECK_THAT(folder.run("preview --help").out, Contains("redraw preview INPUT... [flags]"));
  CHECK_FALSE(fs::exists(folder.path() / "redrawn"));
}

TEST_CASE("preview with strict: an empty mask is an error of the picture", "[cli]") {
  const Folder folder;
  write_pair(folder);
  write(folder, "empty.png", Image(200, 120, 1));
  const std::string flags = "preview a.png -m empty.png --inpaint-area only_masked";
  CHECK_THAT(folder.run(flags).err, Contains("is empty") && Contains("1 written"));
  CHECK(folder.run(flags + " --strict -o strict").code == 2);
}
