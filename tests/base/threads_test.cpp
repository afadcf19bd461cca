// Tests of base/threads: what is set stays.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <string>

#include "base/threads.h"

using namespace redraw;

namespace {

/// GOMP_SPINCOUNT afterwards.
std::string spins_with(const char* spins, const char* policy) {
  const auto set = [](const char* name, const char* value) { value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1); };
  set("GOMP_SPINCOUNT", spins);
  set("OMP_WAIT_POLICY", policy);
  let_waiting_threads_sleep();
  const char* found = std::getenv("GOMP_SPINCOUNT");
  const std::string result = found == nullptr ? "not set" : found;
  set("GOMP_SPINCOUNT", nullptr);
  set("OMP_WAIT_POLICY", nullptr);
  return result;
}

}  // namespace

TEST_CASE("threads: they sleep while they wait, unless the user says how", "[base]") {
  CHECK(spins_with(nullptr, nullptr) == "0");
  CHECK(spins_with("500", nullptr) == "500");
  CHECK(spins_with(nullptr, "active") == "not set");
}
