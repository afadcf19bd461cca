// Tests of prompt/later_syntax: what is refused, and no false alarms.
#include <catch2/catch.hpp>

#include "prompt/later_syntax.h"

using namespace redraw;

TEST_CASE("later_syntax: what is not built yet is named as it is written", "[prompt]") {
  CHECK(later_syntax("a <lora:name:0.8>") == "<lora:name:0.8>");
  CHECK(later_syntax("(a <hypernet:h:te=1:x> <lora:b>:1.2)") == "<hypernet:h:te=1:x>");
}

TEST_CASE("later_syntax: raises no false alarm", "[prompt]") {
  for (const char* prompt : {"", "a [b:c:0.5] AND [d|e]:0.4", "(a:1.2)", "a < b > c", "<3", "<not a net>", "<lora>"}) {
    INFO(prompt);
    CHECK_FALSE(later_syntax(prompt));
  }
}
