// REDRAW_FAST: a loop that is compiled for several instruction sets; the best one is taken at run time.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define REDRAW_FAST __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define REDRAW_FAST
#endif
