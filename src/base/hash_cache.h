// SHA-256 of large files, computed once and kept in the user's cache folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace redraw {

/// $REDRAW_CACHE, else redraw/ in $XDG_CACHE_HOME or ~/.cache; empty: there is no such place.
std::filesystem::path cache_folder();

/// SHA-256 of the file from byte `start` to its end, 64 hex digits. Known again by path, start, size and
/// time of the last change; a file that changed in the last two seconds is not remembered, for its time may
/// stay the same through another change. A cache that cannot be read or written is no error.
/// compute  false: empty where the cache does not know it
/// Errors: kFile if the file cannot be read.
std::string file_hash(const std::filesystem::path& path, std::uint64_t start = 0, bool compute = true);

}  // namespace redraw
