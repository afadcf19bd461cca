// Numbers out of bytes, whatever the processor's own order.
#pragma once

#include <cstdint>
#include <string_view>

namespace redraw {

/// The first `size` bytes, at most 8, as an unsigned number, lowest byte first. There must be as many.
inline std::uint64_t little_endian(std::string_view bytes, int size) {
  std::uint64_t value = 0;
  for (int i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  return value;
}

}  // namespace redraw
