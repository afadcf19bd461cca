// Tests of prompt/compose: where AND parts a prompt, and which weights are cut off.
#include <catch2/catch.hpp>

#include "prompt/compose.h"

using namespace redraw;

namespace {

std::vector<std::pair<std::string, double>> parts(std::string_view prompt) {
  std::vector<std::pair<std::string, double>> result;
  for (const PromptPart& part : split_at_and(prompt)) result.emplace_back(part.text, part.weight);
  return result;
}
using Parts = std::vector<std::pair<std::string, double>>;

}  // namespace

TEST_CASE("compose: a prompt without AND is one part", "[prompt][property]") {
  for (const char* prompt : {"", "a cat", "sand LAND ANDY AND_ _AND", "and", "(a:1.2)",
                             "\xE7\x8C\xAB"
                             "AND\xE7\x8B\x97"})
    CHECK(parts(prompt) == Parts{{prompt, 1}});
}

TEST_CASE("compose: weights stand at the end of a part and may be negative", "[prompt]") {
  CHECK(parts("a cat :1.5 AND a dog:-0.5") == Parts{{"a cat", 1.5}, {" a dog", -0.5}});
  CHECK(parts("a AND b: 2 ") == Parts{{"a", 1}, {" b", 2}});
  CHECK(parts("at 12:30 AND b:1e3") == Parts{{"at 12", 30}, {" b:1e3", 1}});
}

TEST_CASE("compose: beside punctuation of any script AND is a word", "[prompt]") {
  CHECK(parts("a,AND(b)") == Parts{{"a,", 1}, {"(b)", 1}});
  CHECK(parts("\xE7\x8C\xAB\xEF\xBC\x8C"
              "AND b") == Parts{{"\xE7\x8C\xAB\xEF\xBC\x8C", 1}, {" b", 1}});  // a full-width comma
}

TEST_CASE("compose: bytes that are no UTF-8 do not stop it", "[prompt]") {
  CHECK(parts("\xFF" "AND\x80\x80\x80\x80\x80 AND").size() >= 1);
}
