// What the C library does with memory that was given back to it.
#include "base/heap.h"

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace redraw {

void keep_freed_memory() {
#ifdef __GLIBC__
  if (std::getenv("MALLOC_TRIM_THRESHOLD_") != nullptr || std::getenv("MALLOC_MMAP_THRESHOLD_") != nullptr) return;
  constexpr int kMegabyte = 1 << 20;
  ::mallopt(M_MMAP_THRESHOLD, kMegabyte);
  ::mallopt(M_TRIM_THRESHOLD, 256 * kMegabyte);
#endif
}

void ask_for_large_pages() { ::setenv("THP_MEM_ALLOC_ENABLE", "1", 0); }

}  // namespace redraw
