// How the threads of parallel loops wait for each other.
#include "base/threads.h"

#include <cstdlib>

namespace redraw {

void let_waiting_threads_sleep() {
  if (std::getenv("OMP_WAIT_POLICY") == nullptr) ::setenv("GOMP_SPINCOUNT", "0", 0);  // 0: what is set stays
}

}  // namespace redraw
