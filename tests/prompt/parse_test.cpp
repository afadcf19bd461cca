// Tests of prompt/parse: weights, escapes, BREAK, and what is left as text.
#include <catch2/catch.hpp>

#include "prompt/parse.h"
#include "support/errors.h"

using namespace redraw;

namespace {

/// "text@weight|text@weight"
std::string parsed(std::string_view prompt) {
  std::string result;
  for (const WeightedText& piece : parse_prompt_attention(prompt)) {
    if (!result.empty()) result += '|';
    std::string weight = std::to_string(piece.weight);
    result += piece.text + "@" + weight.substr(0, weight.find('.') + 4);
  }
  return result;
}

}  // namespace

TEST_CASE("prompt: brackets weigh their words", "[prompt]") {
  CHECK(parsed("a (b) c") == "a @1.000|b@1.100| c@1.000");
  CHECK(parsed("a [b] c") == "a @1.000|b@0.909| c@1.000");
  CHECK(parsed("((a))") == "a@1.210");
  CHECK(parsed("(a:1.3)") == "a@1.300");
  CHECK(parsed("(a (b:2):1.5)") == "a @1.500|b@3.000");
  CHECK(parsed("(a:-0.5)") == "a@-0.500");
  CHECK(parsed("(a: 1.3 )") == "a@1.300");
}

TEST_CASE("prompt: text without brackets is one piece of weight 1, also none at all", "[prompt]") {
  CHECK(parsed("a lake, 12:30") == "a lake, 12:30@1.000");
  CHECK(parsed("") == "@1.000");
}

TEST_CASE("prompt: a backslash makes a bracket text", "[prompt]") {
  CHECK(parsed("a \\(b\\)") == "a (b)@1.000");
  CHECK(parsed("\\[a\\] \\\\") == "[a] \\@1.000");
}

TEST_CASE("prompt: unclosed brackets hold to the end, stray closing ones are text", "[prompt]") {
  CHECK(parsed("a (b") == "a @1.000|b@1.100");
  CHECK(parsed("a) b]") == "a) b]@1.000");
}

TEST_CASE("prompt: BREAK stands apart, only as a word of its own", "[prompt]") {
  const auto pieces = parse_prompt_attention("a BREAK b");
  REQUIRE(pieces.size() == 3);
  CHECK(pieces[1].is_break);
  CHECK(pieces[0].text == "a");
  CHECK(pieces[2].text == "b");
  CHECK(parsed("BREAKFAST") == "BREAKFAST@1.000");
  CHECK(parsed("a break b") == "a break b@1.000");
}

TEST_CASE("prompt: a weight that is no number is an error that quotes it", "[prompt]") {
  const auto error = test::error_of([] { parse_prompt_attention("(a:1.2.3)"); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::kRequest);
  CHECK(test::mentions(*error, "\"1.2.3\""));
}

TEST_CASE("prompt: odd input of any kind ends, and quickly", "[prompt]") {
  CHECK_FALSE(parse_prompt_attention(std::string(2000, '(') + "a" + std::string(2000, ')')).empty());
  CHECK_FALSE(parse_prompt_attention(std::string(5000, ']')).empty());
  CHECK_FALSE(parse_prompt_attention("\\").empty());
  CHECK_FALSE(parse_prompt_attention("(a:").empty());
  CHECK_FALSE(parse_prompt_attention("\xff\xfe\x80").empty());
}
