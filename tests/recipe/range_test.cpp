// Ranges: every number of them, written short, the end with it where the steps meet it.
#include "recipe/range.h"

#include <catch2/catch.hpp>

#include "base/text.h"
#include "support/errors.h"

namespace redraw {
namespace {

using Texts = std::vector<std::string>;

TEST_CASE("a range of whole numbers needs no step and goes both ways", "[recipe]") {
  CHECK(spell_range("1..4", 100) == Texts{"1", "2", "3", "4"});
  CHECK(spell_range("4..1", 100) == Texts{"4", "3", "2", "1"});
  CHECK(spell_range("5..5", 100) == Texts{"5"});
  CHECK(spell_range("-2..2 step 2", 100) == Texts{"-2", "0", "2"});
  CHECK(spell_range("10..1 step 4", 100) == Texts{"10", "6", "2"});
  CHECK(spell_range("10..1 step -4", 100) == Texts{"10", "6", "2"});
  CHECK(spell_range("9007199254740990..9007199254740991", 100) == Texts{"9007199254740990", "9007199254740991"});
}

TEST_CASE("a range of decimals ends exactly and holds no dust of floating point", "[recipe]") {
  CHECK(spell_range("0.2..0.6 step 0.1", 100) == Texts{"0.2", "0.3", "0.4", "0.5", "0.6"});
  CHECK(spell_range("0.6..0.2 step 0.1", 100) == Texts{"0.6", "0.5", "0.4", "0.3", "0.2"});
  CHECK(spell_range("-0.2..0.2 step 0.1", 100) == Texts{"-0.2", "-0.1", "0", "0.1", "0.2"});
  CHECK(spell_range("0..1 step 0.3", 100) == Texts{"0", "0.3", "0.6", "0.9"});
  CHECK(spell_range(" 1 .. 2  step  0.5 ", 100) == Texts{"1", "1.5", "2"});
}

TEST_CASE("every decimal step meets its end: a / b steps of 1 / b", "[recipe]") {
  for (int parts = 2; parts <= 200; ++parts) {
    if (1000 % parts != 0) continue;
    const auto numbers = spell_range("0..1 step " + std::to_string(1.0 / parts), 1000);
    INFO(parts);
    CHECK(numbers.size() == static_cast<std::size_t>(parts) + 1);
    CHECK(parse_number(numbers.back()) == 1.0);
  }
}

TEST_CASE("ranges that cannot be used say why", "[recipe]") {
  const auto why = [](const std::string& text) {
    const auto error = test::error_of([&] { spell_range(text, 100); });
    return error ? error->why() : "no error";
  };
  CHECK(why("0.2..0.6") == "between decimals it needs a step");
  CHECK(why("1..x") == "\"x\" is no number");
  CHECK(why("..3") == "\"\" is no number");
  CHECK(why("1..5 step 0") == "its step is 0");
  CHECK(why("1..5 step") == "\"\" is no number");
  CHECK(why("1..101") == "it has 101 numbers, 100 are the most");
  CHECK(why("1..1e300 step 1e-300").find("are the most") != std::string::npos);
}

}  // namespace
}  // namespace redraw
