// Tests of image/read: orientation, sizes from the header, and what is no picture.
#include <catch2/catch.hpp>

#include <zlib.h>

#include "image/png.h"
#include "image/read.h"
#include "support/errors.h"
#include "support/pictures.h"
#include "support/temp_folder.h"

using namespace redraw;
using test::error_of;
using test::mentions;
using test::TempFolder;

namespace {

constexpr std::size_t kAfterHeader = 33;  // signature and IHDR

std::string encoded(const Image& image) {
  const auto bytes = encode_png(image, {});
  return {bytes.begin(), bytes.end()};
}

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 255);
  return bytes;
}

std::string chunk(const std::string& type, const std::string& data) {
  const std::string body = type + data;
  const auto crc = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + body + big_endian(static_cast<std::uint32_t>(crc));
}

/// A TIFF header with the one entry that matters.
std::string exif_chunk(char orientation) {
  std::string tiff("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0", 26);
  tiff[19] = orientation;
  return chunk("eXIf", tiff);
}

/// A B C / D E F
Image letters() {
  Image image(3, 2, 1);
  image.data = {'A', 'B', 'C', 'D', 'E', 'F'};
  return image;
}

std::string png_with_size(std::uint32_t width, std::uint32_t height) {
  std::string bytes = encoded(Image(1, 1, 3));
  const std::string header = big_endian(width) + big_endian(height) + std::string("\x08\x02\0\0\0", 5);
  return bytes.replace(8, 25, chunk("IHDR", header));
}

}  // namespace

TEST_CASE("read_image: EXIF orientation is applied, and picture_size says the same size", "[image]") {
  const std::vector<std::string> expected = {"ABCDEF", "CBAFED", "FEDCBA", "DEFABC",
                                             "ADBECF", "DAEBFC", "FCEBDA", "CFBEAD"};
  const TempFolder folder;
  for (int orientation = 1; orientation <= 8; ++orientation) {
    INFO("orientation " << orientation);
    const auto path =
        folder.write("a.png", encoded(letters()).insert(kAfterHeader, exif_chunk(static_cast<char>(orientation))));
    const Image image = read_image(path);
    CHECK(std::string(image.data.begin(), image.data.end()) == expected[static_cast<std::size_t>(orientation - 1)]);
    CHECK(image.size() == (orientation >= 5 ? Size{2, 3} : Size{3, 2}));
    CHECK(picture_size(path) == image.size());
  }
}

TEST_CASE("picture_size: an EXIF block behind the pixels of a large PNG counts too", "[image]") {
  const TempFolder folder;
  std::string bytes = encoded(test::noisy_image(400, 300, 3));
  REQUIRE(bytes.size() > 200'000);
  bytes.insert(bytes.size() - 12, exif_chunk(6));  // before IEND
  const auto path = folder.write("a.png", bytes);
  CHECK(read_image(path).size() == Size{300, 400});
  CHECK(picture_size(path) == Size{300, 400});
}

TEST_CASE("read_image: an orientation out of range is passed over", "[image]") {
  const TempFolder folder;
  const auto path = folder.write("a.png", encoded(letters()).insert(kAfterHeader, exif_chunk(9)));
  CHECK(read_image(path) == letters());
  CHECK(picture_size(path) == Size{3, 2});
}

TEST_CASE("read_image: one pixel is a picture", "[image]") {
  const TempFolder folder;
  const Image image = test::noisy_image(1, 1, 3);
  const auto path = folder.write("a.png", encoded(image));
  CHECK(read_image(path) == image);
  CHECK(picture_size(path) == Size{1, 1});
}

TEST_CASE("read_image: the content counts, not the name", "[image]") {
  const TempFolder folder;
  const Image image = test::noisy_image(5, 4, 3);
  CHECK(read_image(folder.write("a.jpg", encoded(image))) == image);
}

TEST_CASE("read_image: what is no picture is refused by name and reason", "[image]") {
  const TempFolder folder;
  struct Row { const char* bytes; const char* reason; };
  for (const Row& row : {Row{"", "empty"}, Row{"just words", ""}, Row{"<html><body>404</body></html>", "text file"},
                         Row{"RIFF\x10WEBPVP8 ", "WebP"}, Row{"PK\x03\x04zip", "zip"}, Row{"%PDF-1.7", "PDF"}}) {
    INFO(row.bytes);
    const auto path = folder.write("a.png", row.bytes);
    for (const auto& error : {error_of([&] { read_image(path); }), error_of([&] { picture_size(path); })}) {
      REQUIRE(error);
      CHECK(error->kind() == ErrorKind::kFile);
      CHECK(mentions(*error, "a.png"));
      CHECK(mentions(*error, row.reason));
      CHECK_FALSE(error->fix().empty());
    }
  }
}

TEST_CASE("read_image: a missing file and a folder are kFile", "[image]") {
  const TempFolder folder;
  for (const auto& path : {folder / "none.png", folder.path()}) {
    for (const auto& error : {error_of([&] { read_image(path); }), error_of([&] { picture_size(path); })}) {
      REQUIRE(error);
      CHECK(error->kind() == ErrorKind::kFile);
    }
  }
}

TEST_CASE("read_image: a PNG cut anywhere is kFile and says that it is cut or damaged", "[image]") {
  const TempFolder folder;
  const std::string whole = encoded(test::noisy_image(40, 30, 3));
  for (const std::size_t length :
       {std::size_t{8}, std::size_t{20}, std::size_t{33}, whole.size() / 2, whole.size() - 30}) {
    INFO(length << " of " << whole.size());
    const auto path = folder.write("cut.png", whole.substr(0, length));
    const auto error = error_of([&] { read_image(path); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::kFile);
    CHECK(mentions(*error, "cut.png"));
    CHECK(mentions(*error, "cut short"));
  }
}

TEST_CASE("picture_size: a PNG cut inside its header is kFile", "[image]") {
  const TempFolder folder;
  const auto error = error_of([&] { picture_size(folder.write("cut.png", encoded(letters()).substr(0, 20))); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::kFile);
  CHECK(mentions(*error, "cut.png"));
}

TEST_CASE("read_image: a size beyond the limit is refused from the header, before any pixel is kept", "[image]") {
  const TempFolder folder;
  for (const auto& [width, height] :
       {std::pair{100000U, 100000U}, std::pair{32769U, 1U}, std::pair{1U, 32769U}, std::pair{20000U, 20000U}}) {
    INFO(width << "x" << height);
    const auto path = folder.write("big.png", png_with_size(width, height));
    for (const auto& error : {error_of([&] { read_image(path); }), error_of([&] { picture_size(path); })}) {
      REQUIRE(error);
      CHECK(error->kind() == ErrorKind::kFile);
      CHECK(mentions(*error, std::to_string(width) + "x" + std::to_string(height)));
    }
  }
}

TEST_CASE("read_image: a header that gives no size is kFile", "[image]") {
  const TempFolder folder;
  for (const std::uint32_t side : {0U, 0x80000000U, 0xffffffffU}) {
    const auto path = folder.write("odd.png", png_with_size(side, 4));
    CHECK(error_of([&] { read_image(path); })->kind() == ErrorKind::kFile);
    CHECK(error_of([&] { picture_size(path); })->kind() == ErrorKind::kFile);
  }
}

TEST_CASE("has_picture_suffix: by suffix, case ignored", "[image]") {
  CHECK(has_picture_suffix("a/b.PNG"));
  CHECK(has_picture_suffix("b.jpeg"));
  CHECK_FALSE(has_picture_suffix("b.txt"));
  CHECK_FALSE(has_picture_suffix("png"));
}
