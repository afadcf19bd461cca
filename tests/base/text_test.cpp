// Tests of base/text: nearest names, natural order, numbers.
#include <catch2/catch.hpp>

#include <algorithm>

#include "base/text.h"

using namespace redraw;

TEST_CASE("nearest_name: finds the name that was meant and none where nothing is near", "[base]") {
  const std::vector<std::string_view> names = {"dpmpp_2m", "euler", "euler_a", "ddim"};
  CHECK(nearest_name("eulr", names) == "euler");
  CHECK(nearest_name("EULER_B", names) == "euler_a");
  CHECK(nearest_name("dpmp_2m", names) == "dpmpp_2m");
  CHECK_FALSE(nearest_name("something_else", names));
  CHECK_FALSE(nearest_name("x", std::vector<std::string_view>{}));
}

TEST_CASE("natural_less: numbers inside names compare as numbers", "[base]") {
  std::vector<std::string> names = {"a10.png", "B1.png", "a2.png", "a1.png", "a02.png", "a.png"};
  std::sort(names.begin(), names.end(), natural_less);
  CHECK(names == std::vector<std::string>{"a.png", "a1.png", "a02.png", "a2.png", "a10.png", "B1.png"});
}

TEST_CASE("natural_less: is an order also for numbers beyond 64 bits and equal names", "[base]") {
  CHECK(natural_less("f99999999999999999998", "f99999999999999999999"));
  CHECK_FALSE(natural_less("f99999999999999999999", "f99999999999999999998"));
  CHECK_FALSE(natural_less("a1", "a1"));
  CHECK(natural_less("", "a"));
  CHECK_FALSE(natural_less("", ""));
}

TEST_CASE("parse_number: takes the whole text or nothing", "[base]") {
  CHECK(parse_number("0.5") == 0.5);
  CHECK(parse_number("+.5") == 0.5);
  CHECK(parse_number("-1e-3") == -1e-3);
  for (const char* bad : {"", "+", "0,5", "0.5x", " 0.5", "1.2.3", "inf", "nan", "0x10", "1e999"}) {
    INFO(bad);
    CHECK_FALSE(parse_number(bad));
  }
}

TEST_CASE("parse_integer: takes whole numbers in range only", "[base]") {
  CHECK(parse_integer("42") == 42);
  CHECK(parse_integer("-7") == -7);
  CHECK(parse_integer("+7") == 7);
  for (const char* bad : {"", "4.0", "1e3", "99999999999999999999", "7 "}) {
    INFO(bad);
    CHECK_FALSE(parse_integer(bad));
  }
}

TEST_CASE("parse_number, parse_integer: two signs are no number", "[base]") {
  CHECK_FALSE(parse_number("+-1"));
  CHECK_FALSE(parse_integer("+-1"));
}

TEST_CASE("trim, to_lower: touch ASCII only", "[base]") {
  CHECK(trim(" \t a b\r\n") == "a b");
  CHECK(trim(" \n ").empty());
  CHECK(to_lower("DPM++ 2M \xc3\x84") == "dpm++ 2m \xc3\x84");
}
