// libFuzzer's entry for the target that REDRAW_FUZZ_TARGET names (scripts/fuzz.sh).
#include <cstdint>
#include <string_view>

#include "fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const redraw::fuzz::Target& target : redraw::fuzz::targets())
    if (target.name == std::string_view(REDRAW_FUZZ_TARGET)) target.run({reinterpret_cast<const char*>(data), size});
  return 0;
}
