// Tests of canvas/preview: which panels there are, what they show, where they stand.
#include <catch2/catch.hpp>

#include "canvas/prepare.h"
#include "canvas/preview.h"
#include "image/draw.h"
#include "support/pictures.h"

using namespace redraw;
using Catch::Contains;

namespace {

constexpr Size kSize{96, 64};

Job job_of(const std::string& mask, InpaintArea area, Size work = kSize) {
  Job job;
  job.source_size = job.target_size = kSize;
  job.work_size = work;
  job.recipe.mask = job.mask_path = mask;
  job.recipe.inpaint_area = area;
  return job;
}

std::vector<PreviewPanel> panels_of(const Job& job, const std::optional<Mask>& mask) {
  const Image source(kSize.width, kSize.height, 3, 100);
  const Canvas canvas = make_canvas(job.recipe, source, mask, std::nullopt);
  return preview_panels(job, canvas, prepare(job, source, mask));
}

bool has_color(const Image& image, int x, int y, Rgb color) {
  const std::uint8_t* pixel = image.at(x, y);
  return Rgb{pixel[0], pixel[1], pixel[2]} == color;
}

}  // namespace

TEST_CASE("preview: without a mask two panels, and the caption says so", "[canvas]") {
  const auto panels = panels_of(job_of("", InpaintArea::kWholePicture), std::nullopt);
  REQUIRE(panels.size() == 2);
  CHECK_THAT(panels[0].caption, Contains("96x64") && Contains("no mask: the whole picture is redrawn"));
  CHECK(panels[1].title == "enters the model");
}

TEST_CASE("preview: the tint lies inside the mask, fades over the blur and leaves the rest alone", "[canvas]") {
  const auto panels =
      panels_of(job_of("m.png", InpaintArea::kWholePicture), test::square_mask(kSize, {32, 16, 64, 48}));
  REQUIRE(panels.size() == 4);
  const Image& tinted = panels[2].picture;
  CHECK(has_color(tinted, 48, 32, {197, 37, 37}));
  CHECK(has_color(tinted, 4, 4, {100, 100, 100}));
  const int edge = tinted.at(32, 32)[0];
  CHECK((edge > 105 && edge < 192));
  CHECK_FALSE(panels[2].frame);
  CHECK_THAT(panels[2].caption, Contains("blur 4"));
}

TEST_CASE("preview: not_masked tints what is outside the mask", "[canvas]") {
  Job job = job_of("m.png", InpaintArea::kWholePicture);
  job.recipe.mask_mode = MaskMode::kNotMasked;
  const auto panels = panels_of(job, test::square_mask(kSize, {32, 16, 64, 48}));
  CHECK(has_color(panels[2].picture, 48, 32, {100, 100, 100}));
  CHECK(has_color(panels[2].picture, 4, 4, {197, 37, 37}));
  CHECK(has_color(to_rgb(panels[1].picture), 48, 32, {255, 255, 255}));
  CHECK_THAT(panels[1].caption, Contains("black is redrawn"));
}

TEST_CASE("preview: only_masked frames the region that prepare takes", "[canvas]") {
  const Mask mask = test::square_mask(kSize, {60, 30, 70, 40});
  Job job = job_of("m.png", InpaintArea::kOnlyMasked, {64, 64});
  job.recipe.padding = 4;
  const auto panels = panels_of(job, mask);
  const auto region = crop_region_of(job, mask);
  REQUIRE((region && panels[2].frame));
  CHECK(*panels[2].frame == *region);
  CHECK_THAT(panels[2].caption, Contains("padding 4"));
  CHECK(panels[3].picture.size() == Size{64, 64});
}

TEST_CASE("preview: an empty mask is named by what follows from it", "[canvas]") {
  const Mask empty(kSize.width, kSize.height, 1);
  CHECK_THAT(panels_of(job_of("m.png", InpaintArea::kWholePicture), empty)[1].caption, Contains("nothing is redrawn"));
  CHECK_THAT(panels_of(job_of("m.png", InpaintArea::kOnlyMasked), empty)[1].caption,
             Contains("the whole picture is redrawn"));
}

TEST_CASE("preview: masked content fill is seen in what enters the model", "[canvas]") {
  Job job = job_of("m.png", InpaintArea::kWholePicture);
  job.recipe.masked_content = MaskedContent::kFill;
  Image source(kSize.width, kSize.height, 3, 100);
  fill_rect(source, {32, 16, 64, 48}, {0, 255, 0});
  const Mask mask = test::square_mask(kSize, {30, 14, 66, 50});
  const auto panels = preview_panels(job, {source, mask}, prepare(job, source, mask));
  CHECK(has_color(panels[0].picture, 48, 32, {0, 255, 0}));
  CHECK(panels[3].picture.at(48, 32)[1] < 160);
  CHECK_THAT(panels[3].caption, Contains("masked content fill"));
}

TEST_CASE("preview: small panels keep their size, large ones and their frames shrink to 512 px", "[canvas]") {
  const PreviewPanel panels[] = {{"small", Image(40, 30, 3, 9), "", {}},
                                 {"large", Image(2048, 1024, 1, 200), "", Rect{1024, 256, 2048, 768}}};
  const Image image = draw_preview(panels, "footer");
  CHECK(image.width == 3 * kPanelMargin + kPanelLeast + kPanelSide);
  const int large = 2 * kPanelMargin + kPanelLeast;
  CHECK(has_color(image, kPanelMargin + 39, kPanelTop + 29, {9, 9, 9}));
  CHECK_FALSE(has_color(image, kPanelMargin + 40, kPanelTop + 29, {9, 9, 9}));
  CHECK(has_color(image, large + 511, kPanelTop + 255, {200, 200, 200}));
  CHECK(has_color(image, large + 256, kPanelTop + 64, {255, 220, 0}));
  CHECK(has_color(image, large + 511, kPanelTop + 191, {255, 220, 0}));
  CHECK(has_color(image, large + 258, kPanelTop + 66, {200, 200, 200}));
  CHECK(has_color(image, large + 255, kPanelTop + 64, {200, 200, 200}));
}

TEST_CASE("preview: a picture of extreme shape keeps one pixel", "[canvas]") {
  const PreviewPanel panels[] = {{"thin", Image(5000, 2, 3, 77), "", {}}};
  CHECK(has_color(draw_preview(panels, ""), kPanelMargin, kPanelTop, {77, 77, 77}));
}

TEST_CASE("draw: text is wrapped at spaces, too long words are cut, other letters are question marks", "[canvas]") {
  const std::string wrapped = wrap_text("one two three\nfour", text_width("one two"));
  CHECK(wrapped == "one two\nthree\nfour");
  const std::string cut = wrap_text(std::string(300, 'w'), 200);
  for (std::size_t at = 0, end; at < cut.size(); at = end + 1) {
    end = std::min(cut.find('\n', at), cut.size());
    CHECK(text_width(cut.substr(at, end - at)) <= 200);
  }
  CHECK(text_width("\xE6\x97\xA5") == text_width("?"));
  CHECK(text_width("\x01") == text_width("?"));
}

TEST_CASE("draw: text changes pixels in its line and nowhere else, and is cut at the border", "[canvas]") {
  Image image(60, 40, 3);
  draw_text(image, 4, 8, "redraw everything", {255, 255, 255});
  int outside = 0, inside = 0;
  for (int y = 0; y < 40; ++y)
    for (int x = 0; x < 60; ++x) (y >= 8 && y < 8 + kTextLine ? inside : outside) += image.at(x, y)[0] > 0;
  CHECK(inside > 50);
  CHECK(outside == 0);
}
