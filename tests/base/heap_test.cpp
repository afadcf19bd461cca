// What the C library and libtorch are told about memory before libtorch is loaded.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <string>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/heap.h"

using namespace redraw;

TEST_CASE("heap: large pages are asked for, unless the environment says otherwise", "[base]") {
  ::unsetenv("THP_MEM_ALLOC_ENABLE");
  ask_for_large_pages();
  CHECK(std::string(std::getenv("THP_MEM_ALLOC_ENABLE")) == "1");
  ::setenv("THP_MEM_ALLOC_ENABLE", "0", 1);
  ask_for_large_pages();
  CHECK(std::string(std::getenv("THP_MEM_ALLOC_ENABLE")) == "0");
  ::unsetenv("THP_MEM_ALLOC_ENABLE");
}

#ifdef __GLIBC__
TEST_CASE("heap: a megabyte and more stays out of the heap, less comes from it", "[base]") {
  if (std::getenv("MALLOC_TRIM_THRESHOLD_") != nullptr || std::getenv("MALLOC_MMAP_THRESHOLD_") != nullptr) return;
  keep_freed_memory();
  const auto outside = [] { return ::mallinfo2().hblkhd; };
  const std::size_t before = outside();
  // volatile: a compiler may leave out what nobody looks at
  void* volatile small = std::malloc(900 << 10);
  CHECK(outside() == before);
  void* volatile large = std::malloc(2 << 20);
  CHECK(outside() >= before + (2 << 20));
  std::free(large);
  std::free(small);
  CHECK(outside() == before);
}
#endif
