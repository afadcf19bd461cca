// Machine: what this one says of itself.
#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "base/machine.h"

TEST_CASE("the processor has cores, and its features are known ones, each once", "[base]") {
  const redraw::Cpu cpu = redraw::this_cpu();
  CHECK(cpu.cores > 0);
  std::vector<std::string> sorted = cpu.features;
  std::sort(sorted.begin(), sorted.end());
  CHECK(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
  for (const std::string& feature : cpu.features) CHECK((feature.starts_with("avx") || feature.starts_with("amx")));
}

TEST_CASE("memory that is taken is counted, and the peak stays when it is given back", "[base]") {
  constexpr std::size_t kBytes = 64 << 20;
  const redraw::ProcessMemory before = redraw::memory_of_process();
  redraw::ProcessMemory during;
  {
    const std::vector<char> taken(kBytes, 1);
    during = redraw::memory_of_process();
  }
  const redraw::ProcessMemory after = redraw::memory_of_process();
  CHECK(during.now >= before.now + kBytes * 9 / 10);
  CHECK(after.now <= during.now - kBytes * 9 / 10);
  CHECK(after.peak >= during.now * 9 / 10);  // the kernel counts both in steps of its own
}
