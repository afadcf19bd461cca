// Masks: one file, or a pattern with {stem}.
#include "batch/masks.h"

#include <catch2/catch.hpp>

#include "batch/fixture.h"
#include "redraw/error.h"

namespace redraw {
namespace {

MaskFinder finder(const std::string& mask) {
  Recipe recipe;
  recipe.mask = mask;
  return MaskFinder("mask", recipe.mask, "--mask");
}

TEST_CASE("a mask pattern fits exactly one file") {
  const batch_test::Folder folder;
  for (const char* name : {"m/a_mask.png", "m/b1.png", "m/b2.png", "m/c[1].png"}) folder.write(name, "x");
  MaskFinder masks = finder(folder.text("m/{stem}*.png"));
  CHECK(masks.mask_of("in/a.jpg") == folder / "m/a_mask.png");
  CHECK(masks.mask_of("in/c[1].jpg") == folder / "m/c[1].png");
  CHECK_THROWS_WITH(masks.mask_of("z.png"), Catch::Contains("no mask for \"z.png\""));
  try {
    masks.mask_of("b.png");
    FAIL("two masks were taken for one");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::kRequest);
    CHECK_THAT(error.why(), Catch::Contains("b1.png") && Catch::Contains("b2.png"));
  }
}

TEST_CASE("a mask without {stem} is for all pictures and must be there") {
  const batch_test::Folder folder;
  MaskFinder one = finder(folder.write("m.png", "x"));
  CHECK(one.is_fixed());
  CHECK(one.mask_of("any.png") == folder / "m.png");
  CHECK_THROWS_AS(finder(folder.text("no.png")).mask_of("any.png"), Error);
  CHECK(finder("").mask_of("any.png").empty());
}

}  // namespace
}  // namespace redraw
