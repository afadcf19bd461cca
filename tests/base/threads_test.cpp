// Tests of base/threads: what is set stays.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <string>

#include "base/threads.h"

using namespace redraw;

namespace {

/// GOMP_SPINCOUNT afterwards.
std::string spins_with(const char* spins, const char* policy) {
  const auto set = [](const char* name, const char* value) {
    value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1);
  };
  set("GOMP_SPINCOUNT", spins);
  set("OMP_WAIT_POLICY", policy);
  choose_how_to_wait();
  const char* found = std::getenv("GOMP_SPINCOUNT");
  const std::string result = found == nullptr ? "not set" : found;
  set("GOMP_SPINCOUNT", nullptr);
  set("OMP_WAIT_POLICY", nullptr);
  return result;
}

}  // namespace

TEST_CASE("threads: they look for a while where nothing else runs, else they sleep at once", "[base]") {
  CHECK(spins_of("0.20 0.18 0.12 1/80 11206", 2) > 0);
  CHECK(spins_of("0.20 0.18 0.12 2/80 11206", 2) == 0);
  CHECK(spins_of("9.00 9.00 9.00 1/80 11206", 2) > 0);  // a build that has just ended
  CHECK(spins_of("0.20 0.18 0.12 3/2500 11206", 16) > 0);
  CHECK(spins_of("0.20 0.18 0.12 4/2500 11206", 16) == 0);
  CHECK(spins_of("", 2) == 0);
}

TEST_CASE("threads: the user may say how they wait", "[base]") {
  CHECK((spins_with(nullptr, nullptr) == "0" || spins_with(nullptr, nullptr) == "2000"));
  CHECK(spins_with("500", nullptr) == "500");
  CHECK(spins_with(nullptr, "active") == "not set");
}
