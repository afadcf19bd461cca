// Zip archives: the members' names and bytes, with limits.
#pragma once

#include <map>
#include <string>

#include "formats/fault.h"

namespace redraw {

struct ZipMember {
  std::string_view packed;    // the bytes as they lie in the archive
  std::uint64_t size = 0;     // unpacked
  std::uint32_t crc = 0;      // of the unpacked bytes
  bool deflated = false;      // otherwise stored
};

bool is_zip(std::string_view bytes);

/// Members by name, from the central directory (zip64 too). Nothing is unpacked.
/// Errors: kModel where a member is encrypted, packed by an unusual method, named twice, outside the
/// archive's folder, beyond the end of the file, or where the directory does not fit.
std::map<std::string, ZipMember, std::less<>> read_zip(std::string_view bytes, const Fault& fault);

/// The member's bytes: a view into the archive, or into `unpacked` after inflating and checking the CRC.
/// limit  what is unpacked may have at most this size
std::string_view member_bytes(const ZipMember& member, const std::string& name, std::uint64_t limit,
                              std::string& unpacked, const Fault& fault);

}  // namespace redraw
