// What this processor can do, as far as a choice between two ways hangs on it.
#include "nn/processor.h"

#include <ATen/cpu/Utils.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace redraw {
namespace {

bool ask() {
#if defined(__x86_64__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned kAmxBf16 = 1U << 22;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & kAmxBf16) != 0 && at::cpu::init_amx();
#else
  return false;
#endif
}

}  // namespace

bool multiplies_tiles() {
  static const bool does = ask();
  return does;
}

}  // namespace redraw
