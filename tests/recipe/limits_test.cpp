// Limits: durations, shares and lists of devices as they are typed.
#include "recipe/limits.h"

#include <catch2/catch.hpp>

namespace redraw {
namespace {

TEST_CASE("durations: units that fall, or a clock") {
  const auto [text, seconds] = GENERATE(table<std::string, double>({{"3h50m", 13800},
                                                                    {"90s", 90},
                                                                    {"1d12h", 129600},
                                                                    {"1.5h", 5400},
                                                                    {"2:30:00", 9000},
                                                                    {"1:30", 90},
                                                                    {" 10M ", 600}}));
  CHECK(parse_duration(text) == seconds);
}

TEST_CASE("what is no duration") {
  const std::string text =
      GENERATE("", "90", "3m2h", "h", "3h50", "-3h", "3x", "1:2:3:4", "0s", "1h1h", "1e3s", ":", "1:");
  CAPTURE(text);
  CHECK_FALSE(parse_duration(text).has_value());
}

TEST_CASE("failure limits: a number or a share") {
  CHECK(parse_failure_limit("20")->amount == 20);
  CHECK_FALSE(parse_failure_limit("0")->is_share);
  CHECK(parse_failure_limit("2.5%")->amount == 2.5);
  CHECK(parse_failure_limit("2.5%")->is_share);
  const std::string bad = GENERATE("", "-1", "2.5", "101%", "%", "5 %%", "some");
  CAPTURE(bad);
  CHECK_FALSE(parse_failure_limit(bad).has_value());
}

TEST_CASE("lists of devices") {
  using Names = std::vector<std::string>;
  CHECK(*parse_devices("0, 1,cpu,cuda:3") == Names{"cuda:0", "cuda:1", "cpu", "cuda:3"});
  const std::string bad = GENERATE("", "0,", "gpu", "0;1", "cuda:", "cuda:x", "-1");
  CAPTURE(bad);
  CHECK_FALSE(parse_devices(bad).has_value());
}

}  // namespace
}  // namespace redraw
