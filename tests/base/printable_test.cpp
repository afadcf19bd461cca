// Printable: names that come from outside can neither steer the terminal nor feign a line.
#include <catch2/catch.hpp>

#include "base/text.h"
#include "redraw/error.h"

namespace redraw {
namespace {

TEST_CASE("control characters are escaped, everything else stays") {
  CHECK(printable("a\x1b[31mred") == "a\\x1b[31mred");
  CHECK(printable("a\nb\tc\rd") == "a\\nb\\tc\\x0dd");
  CHECK(printable("\x7f") == "\\x7f");
  CHECK(printable("\xC2\x9B") == "\\xc2\\x9b");                                  // C1: CSI
  CHECK(printable("\xE2\x80\xAE") == "\\xe2\\x80\\xae");                         // right-to-left override
  CHECK(printable("\xE2\x81\xA6") == "\\xe2\\x81\\xa6");                         // isolate
  CHECK(printable("\xFF\xC3(") == "\\xff\\xc3(");                                // no UTF-8
  CHECK(printable("\xC0\xAF\xED\xA0\x80") == "\\xc0\\xaf\\xed\\xa0\\x80");       // overlong, surrogate
  CHECK(printable("Fluß 山 🖼 \xE2\x80\x93") == "Fluß 山 🖼 \xE2\x80\x93");
}

TEST_CASE("an error's parts cannot feign another line") {
  const Error error(ErrorKind::kFile, "cannot read \"a\nredraw: error: b\"", "x\x1b]0;t\x07");
  CHECK(error.message() == "redraw: error: cannot read \"a\\nredraw: error: b\"\n  where: x\\x1b]0;t\\x07");
}

TEST_CASE("the time of now sorts as text") {
  const std::string now = utc_now();
  CHECK_THAT(now, Catch::Matches("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z"));
  CHECK(now <= utc_now());
}

}  // namespace
}  // namespace redraw
