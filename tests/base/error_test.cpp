// Tests of base/error: the four parts, their layout and the exit codes.
#include <catch2/catch.hpp>

#include "redraw/error.h"
#include "support/errors.h"

using namespace redraw;

TEST_CASE("error: all four parts are printed, one a line, aligned", "[base]") {
  const Error error(ErrorKind::kRequest, "unknown sampler \"x\"", "fix.yaml:3:1", "no sampler has this name",
                    "sampler: euler");
  CHECK(error.message() ==
        "redraw: error: unknown sampler \"x\"\n"
        "  where: fix.yaml:3:1\n"
        "  why:   no sampler has this name\n"
        "  fix:   sampler: euler");
  CHECK(std::string(error.what()) == "unknown sampler \"x\"");
}

TEST_CASE("error: empty parts are left out", "[base]") {
  CHECK(Error(ErrorKind::kFile, "a").message() == "redraw: error: a");
  CHECK(Error(ErrorKind::kFile, "a", "", "", "b").message() == "redraw: error: a\n  fix:   b");
}

TEST_CASE("error: the kind is the exit code", "[base]") {
  CHECK(Error(ErrorKind::kRequest, "a").exit_code() == 2);
  CHECK(Error(ErrorKind::kFile, "a").exit_code() == 3);
  CHECK(Error(ErrorKind::kModel, "a").exit_code() == 4);
  CHECK(Error(ErrorKind::kDevice, "a").exit_code() == 5);
  CHECK(Error(ErrorKind::kInternal, "a").exit_code() == 70);
}

TEST_CASE("error: a failed check of our own names condition and place, and is internal", "[base]") {
  const auto error = test::error_of([] { REDRAW_CHECK(1 > 2, "numbers"); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::kInternal);
  CHECK(test::mentions(*error, "1 > 2"));
  CHECK(test::mentions(*error, "numbers"));
  CHECK(test::mentions(*error, "error_test.cpp"));
  CHECK_NOTHROW([] { REDRAW_CHECK(2 > 1, "numbers"); }());
}
