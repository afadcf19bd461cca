// Shard: one of n parts of a request, the same on every machine.
#pragma once

#include <filesystem>
#include <string>

namespace redraw {

struct Shard {
  int index = 1, count = 1;  // index: 1 .. count
  bool is_all() const { return count == 1; }
  /// "3-of-8"; empty where there is one part.
  std::string name() const;
};

/// "3/8", or "slurm": from SLURM_ARRAY_TASK_ID, _MIN, _STEP and _COUNT.
/// Errors: kRequest.
Shard parse_shard(const std::string& text);

/// Whether the picture belongs to the part: by a hash of its path below the folder that was named, so that
/// each machine decides alike, wherever the folder is mounted and whatever else lies in it.
bool is_in_shard(const Shard& shard, const std::filesystem::path& relative);

}  // namespace redraw
