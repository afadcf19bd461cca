// CSV: quotes, line ends, byte order marks, and what is no table.
#include "base/csv.h"

#include <catch2/catch.hpp>

#include "redraw/error.h"

namespace redraw {
namespace {

using Words = std::vector<std::string>;

TEST_CASE("csv: quotes hold commas, line feeds and quotes; lines are counted", "[base]") {
  const CsvTable table = read_csv("a,b\n\"x, \"\"y\"\"\nz\",1\n\n,2\n", "t");
  CHECK(table.columns == Words{"a", "b"});
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].fields == Words{"x, \"y\"\nz", "1"});
  CHECK(table.rows[0].line == 2);
  CHECK(table.rows[1].fields == Words{"", "2"});
  CHECK(table.rows[1].line == 5);
}

TEST_CASE("csv: a byte order mark, CRLF, CR, and a missing last line end change nothing", "[base]") {
  for (const char* text : {"a,b\n1,2\n",
                           "\xEF\xBB\xBF"
                           "a,b\r\n1,2\r\n",
                           "a,b\r1,2", "a,b\n1,2", "a,b\n\n1,2\n\n", "\"a\",b\n1,\"2\""}) {
    const CsvTable table = read_csv(text, "t");
    INFO(text);
    CHECK(table.columns == Words{"a", "b"});
    REQUIRE(table.rows.size() == 1);
    CHECK(table.rows[0].fields == Words{"1", "2"});
  }
}

TEST_CASE("csv: missing fields are empty, too many and open quotes are told with their line", "[base]") {
  CHECK(read_csv("a,b,c\n1\n", "t").rows[0].fields == Words{"1", "", ""});
  CHECK(read_csv("", "t").columns.empty());
  for (const char* text : {"a,b\n1,2\n1,2,3\n", "a,b\n1,2\n\"open,1\n2,3\n"}) {
    try {
      read_csv(text, "t.csv");
      FAIL(text);
    } catch (const Error& error) {
      CHECK(error.where() == "t.csv:3");
    }
  }
}

}  // namespace
}  // namespace redraw
