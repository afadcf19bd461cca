// How the threads of parallel loops wait for each other.
#include "base/threads.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace redraw {

int spins_of(const std::string& loadavg, unsigned cores) {
  constexpr int kSpins = 2000, kCoresOfOne = 8;  // so many cores are hardly held up by one other thread
  int running = 0;  // "0.20 0.18 0.12 1/80 11206": of 80 threads one runs, which is this one
  if (std::sscanf(loadavg.c_str(), "%*f %*f %*f %d/", &running) != 1) return 0;
  return (running - 1) * kCoresOfOne <= static_cast<int>(cores) ? kSpins : 0;
}

void choose_how_to_wait() {
  if (std::getenv("OMP_WAIT_POLICY") != nullptr) return;
  std::string loadavg;
  std::getline(std::ifstream("/proc/loadavg"), loadavg);
  // 0: what is set stays.
  ::setenv("GOMP_SPINCOUNT", std::to_string(spins_of(loadavg, std::thread::hardware_concurrency())).c_str(), 0);
}

}  // namespace redraw
