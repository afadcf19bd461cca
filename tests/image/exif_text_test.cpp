// Infotext out of picture files: every place it stands in, and files that are broken.
#include "image/exif_text.h"

#include <random>

#include <catch2/catch.hpp>

#include "image/png.h"

using namespace redraw;
using namespace std::string_literals;

namespace {

std::string big_endian(std::size_t value, int bytes) {
  std::string text;
  for (int i = bytes; i-- > 0;) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

std::string little_endian(std::size_t value) {
  const std::string text = big_endian(value, 4);
  return {text.rbegin(), text.rend()};
}

/// TIFF with one tag, UserComment, in the Exif folder.
std::string tiff(const std::string& comment) {
  return "MM\0*"s + big_endian(8, 4) + big_endian(1, 2) + "\x87\x69\0\4"s + big_endian(1, 4) + big_endian(26, 4) +
         big_endian(0, 4) + big_endian(1, 2) + "\x92\x86\0\7"s + big_endian(comment.size(), 4) + big_endian(44, 4) +
         big_endian(0, 4) + comment;
}

std::string jpeg(const std::string& comment) {
  const std::string body = "Exif\0\0"s + tiff(comment);
  return "\xFF\xD8\xFF\xE0\0\4ab"s + "\xFF\xE1" + big_endian(body.size() + 2, 2) + body + "\xFF\xD9";
}

std::string webp(const std::string& comment, const std::string& head = "") {
  const std::string body = head + tiff(comment);
  return "RIFF"s + little_endian(body.size() + 22) + "WEBPVP8 " + little_endian(1) + "x\0"s + "EXIF" +
         little_endian(body.size()) + body;
}

std::string png(const std::vector<TextChunk>& texts) {
  const auto bytes = encode_png(Image(2, 2, 3), texts);
  return {bytes.begin(), bytes.end()};
}

const std::string kComment = "UNICODE\0\0a\0\xE9\x4E\x00\xD8\x3D\xDE\x00"s;
const std::string kText = "a\xC3\xA9\xE4\xB8\x80\xF0\x9F\x98\x80";

}  // namespace

TEST_CASE("the user comment is read out of JPEG, WebP and PNG", "[image][exif]") {
  CHECK(picture_infotext(jpeg(kComment)) == kText);
  CHECK(picture_infotext(webp(kComment)) == kText);
  CHECK(picture_infotext(webp(kComment, "Exif\0\0"s)) == kText);
  const std::string body = tiff(kComment);
  const std::string plain = png({{"parameters", "chunk"}});
  const std::string with_exif =
      plain.substr(0, 33) + big_endian(body.size(), 4) + "eXIf" + body + "0000" + plain.substr(33);
  CHECK(picture_infotext(plain) == "chunk"s);
  CHECK(picture_infotext(with_exif) == kText);  // A1111 prefers it
}

TEST_CASE("a file without infotext has none", "[image][exif]") {
  CHECK_FALSE(picture_infotext(""));
  CHECK_FALSE(picture_infotext("hello"));
  CHECK_FALSE(picture_infotext("\xFF\xD8"));
  CHECK_FALSE(picture_infotext("RIFF"));
  CHECK_FALSE(picture_infotext(png({})));
  CHECK_FALSE(picture_infotext(jpeg("UNICODE\0"s)));
}

TEST_CASE("a user comment is decoded by its first eight bytes", "[image][exif]") {
  CHECK(decode_user_comment("ASCII\0\0\0plain"s) == "plain");
  CHECK(decode_user_comment("\0\0\0\0\0\0\0\0caf\xC3\xA9"s) == "caf\xC3\xA9");
  CHECK(decode_user_comment("short") == "short");
  CHECK(decode_user_comment("UNICODE\0\xFF\xFE" "a\0b\0"s) == "ab");
  CHECK(decode_user_comment("UNICODE\0\xFE\xFF\0a"s) == "a");
  CHECK(decode_user_comment("UNICODE\0\xD8\x3D\0a\0"s) == "\xEF\xBF\xBD" "a\xEF\xBF\xBD");
  CHECK(decode_user_comment("bad \xFF byte") == "bad \xEF\xBF\xBD byte");
  CHECK(decode_user_comment("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("a picture that is cut or altered anywhere never crashes the readers", "[image][exif]") {
  std::mt19937 random(6);
  const std::string whole[] = {jpeg(kComment), webp(kComment), png({{"parameters", "x"}, {"more", kText}})};
  for (const std::string& file : whole) {
    for (std::size_t size = 0; size < file.size(); ++size) picture_infotext(file.substr(0, size));
    for (int round = 0; round < 3000; ++round) {
      std::string altered = file;
      for (unsigned hits = 1 + random() % 4; hits-- > 0;)
        altered[random() % altered.size()] = static_cast<char>(random());
      picture_infotext(altered);
    }
  }
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 60, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    decode_user_comment("UNICODE\0"s + bytes);
    user_comment("Exif\0\0"s + bytes);
    picture_infotext("\xFF\xD8\xFF\xE1"s + bytes);
    picture_infotext("RIFF    WEBP" + bytes);
  }
  SUCCEED();
}
