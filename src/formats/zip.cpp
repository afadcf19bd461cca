// Zip archives: the members' names and bytes, with limits.
#include "formats/zip.h"

#include <zlib.h>

#include <algorithm>

#include "formats/bytes.h"

namespace redraw {
namespace {

constexpr std::string_view kLocal = "PK\x03\x04", kEntry = "PK\x01\x02", kEnd = "PK\x05\x06", kEnd64 = "PK\x06\x06",
                           kLocator64 = "PK\x06\x07";
constexpr std::uint64_t kLocalSize = 30, kEntrySize = 46, kEndSize = 22, kEnd64Size = 56, kLocatorSize = 20;
constexpr std::uint64_t kNone16 = 0xffff, kNone32 = 0xffffffff;  // "see the zip64 field"
constexpr std::uint16_t kZip64Field = 1;

struct Directory {
  std::uint64_t offset = 0, size = 0, count = 0;
};

/// One entry of the central directory.
struct Entry {
  std::string name;
  std::uint64_t flags = 0, method = 0, crc = 0, packed = 0, size = 0, header = 0;
};

class Reader {
 public:
  Reader(std::string_view bytes, const Fault& fault) : fault_(fault), bytes_(bytes) {}

  std::map<std::string, ZipMember, std::less<>> read() {
    directory_ = find_directory();
    std::map<std::string, ZipMember, std::less<>> members;
    std::uint64_t at = directory_.offset;
    for (std::uint64_t i = 0; i < directory_.count; ++i) {
      const Entry entry = read_entry(at);
      check(entry);
      if (!members.emplace(entry.name, member_of(entry)).second)
        fail("its archive holds the member " + quoted_name(entry.name) + " twice");
    }
    return members;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const { fault_.fail(why); }

  std::uint64_t number(std::uint64_t at, int size) const {
    if (at > bytes_.size() || bytes_.size() - at < static_cast<std::uint64_t>(size)) fail("its archive is cut off");
    return little_endian(bytes_.substr(at), size);
  }
  bool starts(std::uint64_t at, std::string_view magic) const {
    return at <= bytes_.size() && bytes_.substr(at).starts_with(magic);
  }

  Directory find_directory() const {
    // A comment may follow.
    const std::uint64_t tail = bytes_.size() - std::min<std::uint64_t>(bytes_.size(), kEndSize + kNone16);
    const std::size_t found = bytes_.substr(tail).rfind(kEnd);
    if (found == std::string_view::npos) fail("its archive is cut off: the directory at its end is missing");
    const std::uint64_t end = tail + found;
    Directory directory{number(end + 16, 4), number(end + 12, 4), number(end + 10, 2)};
    if (end >= kLocatorSize && starts(end - kLocatorSize, kLocator64))
      directory = directory64(number(end - kLocatorSize + 8, 8), end);
    if (directory.offset > end || directory.size > end - directory.offset ||
        directory.count > directory.size / kEntrySize)
      fail("its archive's directory does not fit into the file");
    return directory;
  }

  Directory directory64(std::uint64_t at, std::uint64_t end) const {
    if (at > end || end - at < kEnd64Size || !starts(at, kEnd64)) fail("its archive's directory (zip64) is wrong");
    return {number(at + 48, 8), number(at + 40, 8), number(at + 32, 8)};
  }

  Entry read_entry(std::uint64_t& at) const {
    const std::uint64_t end = directory_.offset + directory_.size;
    if (at > end || end - at < kEntrySize || !starts(at, kEntry)) fail("its archive's directory is wrong");
    Entry entry{"",
                number(at + 8, 2),
                number(at + 10, 2),
                number(at + 16, 4),
                number(at + 20, 4),
                number(at + 24, 4),
                number(at + 42, 4)};
    const std::uint64_t name = number(at + 28, 2), extra = number(at + 30, 2), comment = number(at + 32, 2);
    if (end - at - kEntrySize < name + extra + comment) fail("its archive's directory is wrong");
    entry.name = bytes_.substr(at + kEntrySize, name);
    apply_zip64(bytes_.substr(at + kEntrySize + name, extra), entry);
    at += kEntrySize + name + extra + comment;
    return entry;
  }

  /// The extra field holds those of the numbers that are all ones, in this order.
  void apply_zip64(std::string_view extra, Entry& entry) const {
    while (extra.size() >= 4) {
      const std::uint64_t id = little_endian(extra, 2), size = little_endian(extra.substr(2), 2);
      if (size > extra.size() - 4) fail("its archive's directory is wrong");
      std::string_view field = extra.substr(4, size);
      extra.remove_prefix(4 + size);
      if (id != kZip64Field) continue;
      for (std::uint64_t* value : {&entry.size, &entry.packed, &entry.header}) {
        if (*value != kNone32) continue;
        if (field.size() < 8) fail("its archive's directory (zip64) is wrong");
        *value = little_endian(field, 8);
        field.remove_prefix(8);
      }
    }
  }

  void check(const Entry& entry) const {
    const std::string name = "the member " + quoted_name(entry.name) + " of its archive";
    if (entry.flags & 0x41) fail(name + " is encrypted");
    if (entry.method != 0 && entry.method != 8)
      fail(name + " is packed by method " + std::to_string(entry.method) + ", which torch does not write");
    if (entry.method == 0 && entry.size != entry.packed) fail(name + " has two different sizes");
    const bool outside = entry.name.starts_with("/") || ("/" + entry.name + "/").find("/../") != std::string::npos ||
                         entry.name.find('\\') != std::string::npos;
    if (outside) fail(name + " lies outside the archive's folder");
  }

  ZipMember member_of(const Entry& entry) const {
    const std::string name = "the member " + quoted_name(entry.name) + " of its archive";
    if (!starts(entry.header, kLocal)) fail(name + " is not where the archive's directory says");
    const std::uint64_t start = entry.header + kLocalSize + number(entry.header + 26, 2) + number(entry.header + 28, 2);
    if (start > directory_.offset || directory_.offset - start < entry.packed)
      fail(name + " reaches beyond the file or into the directory");
    return {bytes_.substr(start, entry.packed), entry.size, static_cast<std::uint32_t>(entry.crc), entry.method == 8};
  }

  const Fault& fault_;
  std::string_view bytes_;
  Directory directory_;
};

/// False if the stream is damaged or does not end exactly at the size of `out`.
bool inflate_into(std::string_view packed, std::string& out) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return false;  // raw deflate
  std::size_t read = 0, written = 0;
  int status = Z_OK;
  while (status == Z_OK) {
    constexpr std::size_t kStep = 1 << 30;  // zlib counts in 32 bits
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data() + read));
    stream.avail_in = static_cast<uInt>(std::min(kStep, packed.size() - read));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + written);
    stream.avail_out = static_cast<uInt>(std::min(kStep, out.size() - written));
    const uInt had_in = stream.avail_in, had_out = stream.avail_out;
    status = inflate(&stream, Z_NO_FLUSH);
    read += had_in - stream.avail_in;
    written += had_out - stream.avail_out;
  }
  inflateEnd(&stream);
  return status == Z_STREAM_END && written == out.size();
}

std::uint32_t crc_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace

bool is_zip(std::string_view bytes) { return bytes.starts_with(kLocal) || bytes.starts_with(kEnd); }

std::map<std::string, ZipMember, std::less<>> read_zip(std::string_view bytes, const Fault& fault) {
  return Reader(bytes, fault).read();
}

std::string_view member_bytes(const ZipMember& member, const std::string& name, std::uint64_t limit,
                              std::string& unpacked, const Fault& fault) {
  if (!member.deflated) return member.packed;
  if (member.size > limit)
    fault.fail("the member " + quoted_name(name) + " of its archive would unpack to " + std::to_string(member.size) +
               " bytes");
  unpacked.resize(member.size);
  if (!inflate_into(member.packed, unpacked) || crc_of(unpacked) != member.crc)
    fault.fail("the member " + quoted_name(name) + " of its archive is damaged");
  return unpacked;
}

}  // namespace redraw
