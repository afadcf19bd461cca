// Machine: what a measurement must say about where it was made; read from /proc.
#include "base/machine.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string_view>
#include <thread>

#include "base/text.h"

namespace redraw {
namespace {

constexpr std::string_view kFeatures[] = {"avx2",     "avx512f",  "avx512_bf16", "avx512_vnni",
                                          "amx_tile", "amx_bf16", "amx_int8"};

std::vector<std::string> known_among(const std::string& flags) {
  std::vector<std::string> features;
  std::istringstream words(flags);
  for (std::string word; words >> word;)
    if (std::find(std::begin(kFeatures), std::end(kFeatures), word) != std::end(kFeatures)) features.push_back(word);
  return features;
}

}  // namespace

Cpu this_cpu() {
  Cpu cpu;
  cpu.cores = static_cast<int>(std::thread::hardware_concurrency());
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line) && !trim(line).empty();) {  // of the first core
    const auto colon = std::min(line.find(':'), line.size() - 1);
    const std::string key = trim(line.substr(0, colon)), value = trim(line.substr(colon + 1));
    if (key == "model name") cpu.name = value;
    if (key == "flags") cpu.features = known_among(value);
  }
  return cpu;
}

ProcessMemory memory_of_process() {
  ProcessMemory memory;
  std::size_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  memory.now = resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::ifstream status("/proc/self/status");  // getrusage would count what the program that started this one had
  for (std::string word; status >> word;)
    if (word == "VmHWM:" && status >> memory.peak) break;
  memory.peak = std::max(memory.peak * 1024, memory.now);
  return memory;
}

}  // namespace redraw
