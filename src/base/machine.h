// Machine: what a measurement must say about where it was made.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace redraw {

struct Cpu {
  std::string name;                   // "AMD EPYC 9654 96-Core Processor"; empty where the system does not say
  std::vector<std::string> features;  // of avx2, avx512f, avx512_bf16, avx512_vnni, amx_tile, amx_bf16, amx_int8
  int cores = 0;                      // as threads see them
};
Cpu this_cpu();

/// Bytes of this process in memory, now and at most so far.
struct ProcessMemory {
  std::size_t now = 0, peak = 0;
};
ProcessMemory memory_of_process();

}  // namespace redraw
