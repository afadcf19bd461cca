// Memory of feature maps on the CPU, kept for the next ones.
#pragma once

#include <cstddef>

namespace redraw {

/// While one lives, tensors of a megabyte and more that are made and given back stay at hand for others of about their
/// size: memory that returns to the system is cleared when it is asked for again, a fifth of a network's time. What is
/// kept and what is in use are together never more than what was in use at once before, so that the most memory of a
/// process stays the same. Tensors made outside (weights) go back to the system at once.
class KeptMemory {
 public:
  KeptMemory();
  ~KeptMemory();
  KeptMemory(const KeptMemory&) = delete;
  KeptMemory& operator=(const KeptMemory&) = delete;

  struct Counts {
    std::size_t in_use = 0, kept = 0, most_in_use = 0;  // bytes, of tensors of a megabyte and more
  };
  static Counts counts();
};

}  // namespace redraw
