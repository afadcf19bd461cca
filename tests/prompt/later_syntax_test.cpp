// Tests of prompt/later_syntax: what is refused, and no false alarms.
#include <catch2/catch.hpp>

#include "prompt/later_syntax.h"

using namespace redraw;

TEST_CASE("later_syntax: what is not built yet is named", "[prompt]") {
  CHECK(later_syntax("[cat:dog:0.4]") == "prompt editing [from:to:when]");
  CHECK(later_syntax("a [dog:10] b") == "prompt editing [from:to:when]");
  CHECK(later_syntax("[a::0.5]") == "prompt editing [from:to:when]");
  CHECK(later_syntax("([a:b:0.5]:1.2)") == "prompt editing [from:to:when]");
  CHECK(later_syntax("[a|b]") == "alternation [a|b]");
  CHECK(later_syntax("[(a:1.2)|b]") == "alternation [a|b]");
  CHECK(later_syntax("a AND b") == "composition with AND");
  CHECK(later_syntax("a <lora:name:0.8>") == "extra networks <name:...>");
}

TEST_CASE("later_syntax: raises no false alarm", "[prompt]") {
  for (const char* prompt : {"", "a [b] c", "[(a:1.2)]", "[[a]]", "(a:1.2)", "\\[a|b\\]", "\\[a:b:0.5\\]", "a|b", "(a|b)", "[a: b]",
                             "[ratio 1:one]", "AND1 SAND", "and", "a < b > c", "<3", "a:b:0.5", "[a", "a]", "12:30"}) {
    INFO(prompt);
    CHECK_FALSE(later_syntax(prompt));
  }
}
