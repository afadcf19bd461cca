// Tests of image/composite: colours, alpha, pasting and cutting.
#include <catch2/catch.hpp>

#include "image/composite.h"
#include "support/errors.h"
#include "support/pictures.h"

using namespace redraw;

namespace {

Image opaque(int width, int height) { return to_rgba(test::noisy_image(width, height, 3)); }

}  // namespace

TEST_CASE("composite: colours are #rrggbb or #rgb, and others are refused by name", "[image]") {
  CHECK(parse_color("#ff8000") == Rgb{255, 128, 0});
  CHECK(parse_color("#FfF") == Rgb{255, 255, 255});
  for (const char* bad : {"", "#", "#ff", "#gg0000", "white", "#ff80001", "#+10000"}) {
    INFO(bad);
    const auto error = test::error_of([&] { parse_color(bad); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::kRequest);
    CHECK(test::mentions(*error, test::quoted(bad)));
  }
}

TEST_CASE("composite: premultiplying keeps opaque pixels, and unpremultiplying brings them back", "[image][property]") {
  const Image image = opaque(8, 8);
  CHECK(premultiply(image) == image);
  CHECK(unpremultiply(premultiply(image)) == image);
  Image clear = image;
  for (std::size_t i = 3; i < clear.data.size(); i += 4) clear.data[i] = 0;
  CHECK(premultiply(clear) == Image(8, 8, 4, 0));
}

TEST_CASE("composite: grey and RGB turn into each other", "[image]") {
  const Image grey = test::noisy_image(6, 6, 1);
  CHECK(to_grey(to_rgb(grey)) == grey);
  CHECK(to_rgb(to_rgba(to_rgb(grey))) == to_rgb(grey));
  CHECK(invert(invert(grey)) == grey);
  Image red(1, 1, 3);
  red.data = {255, 0, 0};
  CHECK(to_grey(red).data[0] == 76);  // Pillow's 0.299
}

TEST_CASE("composite: flatten shows the background through what is transparent", "[image]") {
  Image image(3, 1, 4);
  image.data = {10, 20, 30, 255, 10, 20, 30, 0, 200, 100, 0, 128};
  const Image flat = flatten(image, {255, 255, 255});
  CHECK(flat.data == std::vector<std::uint8_t>{10, 20, 30, 255, 255, 255, 227, 177, 127});
  const Image rgb = test::noisy_image(4, 4, 3);
  CHECK(flatten(rgb, {0, 0, 0}) == rgb);
}

TEST_CASE("composite: paste is cut at every border", "[image]") {
  for (const auto& [x, y] :
       {std::pair{-2, -2}, std::pair{3, 3}, std::pair{-2, 3}, std::pair{40, 0}, std::pair{-40, -40}, std::pair{0, 0}}) {
    INFO(x << ", " << y);
    Image target(5, 5, 3, 7);
    const Image source(4, 4, 3, 200);
    paste(target, source, x, y);
    for (int ty = 0; ty < 5; ++ty)
      for (int tx = 0; tx < 5; ++tx) {
        const bool covered = tx >= x && tx < x + 4 && ty >= y && ty < y + 4;
        REQUIRE(*target.at(tx, ty) == (covered ? 200 : 7));
      }
  }
}

TEST_CASE("composite: a mask chooses between two pictures", "[image]") {
  const Image one = test::noisy_image(6, 4, 3, 1), two = test::noisy_image(6, 4, 3, 2);
  CHECK(composite(one, two, Mask(6, 4, 1, 255)) == one);
  CHECK(composite(one, two, Mask(6, 4, 1, 0)) == two);
  Image target = two;
  paste(target, one, 0, 0, test::square_mask({6, 4}, {2, 1, 4, 3}));
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 6; ++x) {
      const bool inside = x >= 2 && x < 4 && y >= 1 && y < 3;
      CHECK(std::equal(target.at(x, y), target.at(x, y) + 3, (inside ? one : two).at(x, y)));
    }
}

TEST_CASE("composite: opaque over anything is itself, nothing over anything changes nothing", "[image][property]") {
  const Image under = opaque(6, 4), over = to_rgba(test::noisy_image(6, 4, 3, 9));
  CHECK(alpha_composite(under, over) == over);
  CHECK(alpha_composite(under, Image(6, 4, 4)) == under);
}

TEST_CASE("composite: crop takes the rectangle", "[image]") {
  const Image image = test::noisy_image(10, 8, 3);
  const Image part = crop(image, {2, 3, 7, 5});
  REQUIRE(part.size() == Size{5, 2});
  for (int y = 0; y < 2; ++y) CHECK(std::equal(part.at(0, y), part.at(0, y) + 15, image.at(2, y + 3)));
  CHECK(crop(image, {0, 0, 10, 8}) == image);
}
