// Tests of image/read on odd kinds of files: 16 bits, palettes, CMYK, several frames, cut ends.
#include <catch2/catch.hpp>

#include "base/files.h"
#include "image/read.h"
#include "support/errors.h"
#include "support/temp_folder.h"

using namespace redraw;

namespace {

std::filesystem::path file(const char* name) {
  return std::filesystem::path(REDRAW_SOURCE_DIR) / "tests/image/files" / name;
}

/// An uncompressed 24-bit BMP of one colour, 6x4.
std::string bmp() {
  std::string bytes("BM\x86\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x06\0\0\0\x04\0\0\0\x01\0\x18\0", 30);
  return bytes + std::string(24, '\0') + std::string(4 * 20, 'x');
}

/// An uncompressed 24-bit TGA of one colour, 6x4.
std::string tga() {
  return std::string("\0\0\x02\0\0\0\0\0\0\0\0\0\x06\0\x04\0\x18\0", 18) + std::string(6 * 4 * 3, 'x');
}

}  // namespace

TEST_CASE("read_image: 16-bit grey is clipped at 255, as Pillow does it", "[image]") {
  const Image image = read_image(file("grey16.png"));
  REQUIRE(image.channels == 1);
  CHECK(image.data == std::vector<std::uint8_t>{0, 100, 255, 255, 255, 255, 255, 255});
}

TEST_CASE("read_image: a palette becomes its colours", "[image]") {
  const Image image = read_image(file("palette_mask.png"));
  REQUIRE(image.channels == 3);
  CHECK(*image.at(8, 8) == 255);
  CHECK(*image.at(1, 1) == 0);
}

TEST_CASE("read_image: a CMYK JPEG becomes RGB, within a step of Pillow", "[image]") {
  const Image image = read_image(file("cmyk.jpg"));
  REQUIRE(image.channels == 3);
  const int expected[][3] = {{255, 0, 0}, {0, 127, 127}};  // Pillow's convert("RGB") at (3, 4) and (12, 4)
  for (int k = 0; k < 3; ++k) {
    CHECK(std::abs(image.at(3, 4)[k] - expected[0][k]) <= 1);
    CHECK(std::abs(image.at(12, 4)[k] - expected[1][k]) <= 1);
  }
}

TEST_CASE("read_image: WebP gives Pillow's pixels, with alpha where the file has it", "[image]") {
  const Image lossy = read_image(file("lossy.webp")), alpha = read_image(file("alpha.webp"));
  const auto pixel = [](const Image& image, int x, int y) {
    return std::vector<int>(image.at(x, y), image.at(x, y) + image.channels);
  };
  REQUIRE(lossy.size() == Size{20, 12});
  CHECK(pixel(lossy, 0, 0) == std::vector<int>{4, 0, 0});  // Pillow 13
  CHECK(pixel(lossy, 7, 5) == std::vector<int>{79, 99, 31});
  CHECK(pixel(lossy, 19, 11) == std::vector<int>{225, 213, 190});
  CHECK(pixel(alpha, 15, 5) == std::vector<int>{180, 100, 75, 153});
}

TEST_CASE("read_image: a WebP is turned as its EXIF says", "[image]") {
  const Image turned = read_image(file("turned.webp"));
  CHECK(turned.size() == Size{12, 20});
  CHECK(picture_size(file("turned.webp")) == Size{12, 20});
  CHECK(turned.at(11, 0)[0] == 0);  // the top right corner was the top left
  CHECK(turned.at(11, 19)[0] == 19 * 12);
}

TEST_CASE("read_image: a WebP cut anywhere is an error, never half a picture", "[image]") {
  const test::TempFolder folder;
  const std::string whole = read_file(file("lossy.webp"));
  for (std::size_t length = 1; length < whole.size(); length += 3) {
    INFO(length);
    const auto path = folder.write("a.webp", whole.substr(0, length));
    CHECK(test::error_of([&] { read_image(path); }));
  }
}

TEST_CASE("read_image: of an animation the first frame counts", "[image]") {
  for (const char* name : {"animated.gif", "animated.png", "animated.webp"}) {
    INFO(name);
    const Image image = read_image(file(name));
    CHECK(image.size() == Size{16, 16});
    CHECK(image.at(8, 8)[0] == 255);
    CHECK(image.at(8, 8)[2] == 0);
  }
}

TEST_CASE("read_image: BMP and TGA are read whole", "[image]") {
  const test::TempFolder folder;
  CHECK(read_image(folder.write("a.bmp", bmp())) == Image(6, 4, 3, 'x'));
  CHECK(read_image(folder.write("a.tga", tga())) == Image(6, 4, 3, 'x'));
}

TEST_CASE("read_image: a file that ends too early is an error, never a picture that is black at its end", "[image]") {
  const test::TempFolder folder;
  const std::pair<const char*, std::string> whole[] = {{"a.gif", read_file(file("animated.gif"))}, {"a.bmp", bmp()},
                                                       {"a.tga", tga()}, {"a.jpg", read_file(file("cmyk.jpg"))}};
  for (const auto& [name, bytes] : whole) {
    const std::size_t pixels_end = std::string(name) == "a.gif" ? 60 : bytes.size();  // the first frame's
    for (const double share : {0.6, 0.8, 0.95}) {
      INFO(name << " " << share);
      const auto path =
          folder.write(name, bytes.substr(0, static_cast<std::size_t>(share * static_cast<double>(pixels_end))));
      const auto error = test::error_of([&] { read_image(path); });
      REQUIRE(error);
      CHECK(error->kind() == ErrorKind::kFile);
      CHECK_FALSE(error->fix().empty());
    }
  }
}
