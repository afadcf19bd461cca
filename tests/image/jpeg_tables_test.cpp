// Tests of image/jpeg_tables: tables with too many codes are seen where stb_image would read them.
#include <catch2/catch.hpp>

#include <string>

#include "image/jpeg_tables.h"

using redraw::has_sound_jpeg_tables;

namespace {

std::string segment(char marker, const std::string& data) {
  const std::size_t length = data.size() + 2;
  return std::string("\xff") + marker + static_cast<char>(length >> 8) + static_cast<char>(length & 0xff) + data;
}

/// One table of so many codes of 8 and of 16 bits.
std::string table(int of_8, int of_16) {
  std::string counts(16, '\0');
  counts[7] = static_cast<char>(of_8);
  counts[15] = static_cast<char>(of_16);
  return '\0' + counts + std::string(static_cast<std::size_t>(of_8 + of_16), 'x');
}

const std::string kStart = "\xff\xd8", kScan = segment('\xda', "head") + "scanned\xff\x01";

}  // namespace

TEST_CASE("jpeg_tables: 256 codes are sound, 257 are not, wherever the table stands", "[image]") {
  for (const auto& [table_bytes, sound] : {std::pair{table(1, 255), true}, std::pair{table(2, 255), false}}) {
    const std::string bytes = segment('\xc4', table_bytes), second = segment('\xc4', table(1, 2) + table_bytes);
    CHECK(has_sound_jpeg_tables(kStart + bytes) == sound);
    CHECK(has_sound_jpeg_tables(kStart + second) == sound);
    CHECK(has_sound_jpeg_tables(kStart + "junk\xff\xff" + bytes.substr(1)) == sound);
    CHECK(has_sound_jpeg_tables(kStart + segment('\xe1', "exif") + bytes) == sound);
    CHECK(has_sound_jpeg_tables(kStart + kScan + bytes) == sound);
    CHECK(has_sound_jpeg_tables("\xff" + kStart + bytes) == sound);
    CHECK(has_sound_jpeg_tables(kStart + segment('\xe1', bytes) + kScan));  // inside an APP segment it is no table
  }
}

TEST_CASE("jpeg_tables: cut files and other kinds are nobody's business", "[image]") {
  const std::string whole = kStart + segment('\xc4', table(3, 200)) + kScan;
  for (std::size_t n = 0; n <= whole.size(); ++n) CHECK(has_sound_jpeg_tables(whole.substr(0, n)));
  const std::string unsound = kStart + segment('\xc4', "\1\xff\xff\xff");
  CHECK_FALSE(has_sound_jpeg_tables(unsound));  // the decoder takes what is missing for zeros
  CHECK(has_sound_jpeg_tables("\x89PNG" + segment('\xc4', table(200, 200))));
}
