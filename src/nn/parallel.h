// at::parallel_for for loops of our own.
#pragma once

#include <ATen/Parallel.h>

#if !defined(_OPENMP) && defined(__GNUC__) && !defined(__clang__)
#error "at::parallel_for would run on one thread: CMakeLists.txt names the files that are compiled with -fopenmp"
#endif
