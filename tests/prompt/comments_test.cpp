// Tests of prompt/comments: comments and styles.
#include <catch2/catch.hpp>

#include "prompt/comments.h"

using namespace redraw;

TEST_CASE("comments: nothing is left of them, and text without # stays", "[prompt][property]") {
  CHECK(strip_comments("a cat\non a mat") == "a cat\non a mat");
  for (const char* prompt : {"a # b", "#", "##\n##", "\n#\n\n#x\ny#"}) {
    const std::string stripped = strip_comments(prompt);
    CHECK(stripped.find('#') == std::string::npos);
    CHECK(strip_comments(stripped) == stripped);
  }
}

TEST_CASE("styles: take the prompt where they say so, or follow it", "[prompt]") {
  CHECK(apply_style("photo of {prompt}, {prompt}", "a cat") == "photo of a cat, a cat");
  CHECK(apply_style("{prompt}", "") == "");
  CHECK(apply_style("vivid", " a cat ") == "a cat, vivid");
  CHECK(apply_style("", "a cat") == "a cat");
}
