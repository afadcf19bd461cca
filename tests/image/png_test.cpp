// Tests of image/png: pixels and texts round trip, damaged bytes are refused.
#include <catch2/catch.hpp>

#include <stdexcept>

#include "image/png.h"
#include "support/pictures.h"

using namespace redraw;

namespace {

std::string encoded(const Image& image, const std::vector<TextChunk>& texts = {}) {
  const auto bytes = encode_png(image, texts);
  return {bytes.begin(), bytes.end()};
}

std::string text_after_round_trip(const std::string& text) {
  return png_texts(encoded(Image(1, 1, 3), {{"parameters", text}})).at("parameters");
}

bool holds(const std::string& bytes, const std::string& part) { return bytes.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("png: grey, RGB and RGBA come back bit for bit", "[image]") {
  for (const int channels : {1, 3, 4})
    for (const Size size : {Size{1, 1}, Size{7, 5}, Size{64, 33}}) {
      INFO(channels << " channels, " << size.width << "x" << size.height);
      const Image image = test::noisy_image(size.width, size.height, channels);
      const std::string bytes = encoded(image);
      CHECK(decode_png(bytes) == image);
      CHECK(png_size(bytes) == size);
    }
}

TEST_CASE("png: Latin-1 text becomes tEXt in Latin-1, other text iTXt in UTF-8", "[image]") {
  const std::string latin = encoded(Image(1, 1, 3), {{"parameters", "gr\xc3\xbc\xc3\x9f"}});
  CHECK(holds(latin, "tEXtparameters" + std::string(1, '\0') + "gr\xfc\xdf"));
  CHECK_FALSE(holds(latin, "iTXt"));
  const std::string chinese = encoded(Image(1, 1, 3), {{"parameters", "\xe6\xb9\x96"}});
  CHECK(holds(chinese, "iTXtparameters"));
  CHECK(holds(chinese, "\xe6\xb9\x96"));
  CHECK_FALSE(holds(chinese, "tEXt"));
}

TEST_CASE("png: texts come back as they were", "[image]") {
  for (const char* text : {"", "one line", "a\r\nb\nc\r", "gr\xc3\xbc\xc3\x9f",
                           "\xe6\xb9\x96 \xf0\x9f\x9a\xa3 & <lora:x:1>", "\xc2\xa0"}) {
    INFO(text);
    CHECK(text_after_round_trip(text) == text);
  }
  const std::string long_text(300000, 'x');
  CHECK(text_after_round_trip(long_text) == long_text);
}

TEST_CASE("png: several texts stay apart and in their chunks", "[image]") {
  const auto texts =
      png_texts(encoded(Image(2, 2, 3), {{"parameters", "one"}, {"redraw", "{\"a\": \"\xe6\xb9\x96\"}"}}));
  CHECK(texts.size() == 2);
  CHECK(texts.at("parameters") == "one");
  CHECK(texts.at("redraw") == "{\"a\": \"\xe6\xb9\x96\"}");
  CHECK(png_texts("no png at all").empty());
}

TEST_CASE("png: a file cut anywhere is an error, never half a picture", "[image]") {
  const std::string whole = encoded(test::noisy_image(40, 30, 3), {{"parameters", "text"}});
  for (const std::size_t length :
       {std::size_t{8}, std::size_t{20}, std::size_t{33}, whole.size() / 2, whole.size() - 30}) {
    INFO(length << " of " << whole.size());
    CHECK_THROWS_AS(decode_png(whole.substr(0, length)), std::runtime_error);
  }
}

TEST_CASE("png: damaged pixels are an error", "[image]") {
  std::string bytes = encoded(test::noisy_image(40, 30, 3));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
  CHECK_THROWS_AS(decode_png(bytes), std::runtime_error);
}

TEST_CASE("png: texts of a file that is cut short are those before the cut", "[image]") {
  const std::string whole = encoded(test::noisy_image(40, 30, 3), {{"parameters", "text"}});
  CHECK(png_texts(whole.substr(0, whole.size() / 2)).at("parameters") == "text");
  CHECK(png_texts(whole.substr(0, 36)).empty());
}
