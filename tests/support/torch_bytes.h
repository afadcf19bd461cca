// Files as torch.save writes them, by hand: zip archives, pickles, the format before torch 1.6.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace redraw::test {

using Members = std::vector<std::pair<std::string, std::string>>;

inline std::string number_bytes(std::uint64_t value, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> 8 * i & 255);
  return bytes;
}

/// One after the other. (Of chains of + g++ 12 believes that they copy more than there is.)
template <typename... Parts>
std::string joined(const Parts&... parts) {
  std::string text;
  (text.append(parts), ...);
  return text;
}

inline std::string deflated(const std::string& bytes) {
  std::vector<char> packed(bytes.size() + bytes.size() / 1000 + 64);
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  deflateEnd(&stream);
  return {packed.data(), packed.size() - stream.avail_out};
}

/// `pack`: deflated, else stored.
inline std::string zip_of(const Members& members, bool pack = false) {
  std::string file, directory;
  for (const auto& [name, bytes] : members) {
    const std::string data = pack ? deflated(bytes) : bytes;
    const std::uint64_t crc = crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
    const std::string facts = number_bytes(0, 2) + number_bytes(pack ? 8 : 0, 2) + number_bytes(0, 4) +
                              number_bytes(crc, 4) + number_bytes(data.size(), 4) + number_bytes(bytes.size(), 4) +
                              number_bytes(name.size(), 2) + number_bytes(0, 2);
    directory += "PK\x01\x02" + number_bytes(20, 4) + facts + number_bytes(0, 10) + number_bytes(file.size(), 4) + name;
    file += "PK\x03\x04" + number_bytes(20, 2) + facts + name + data;
  }
  const std::string count = number_bytes(members.size(), 2);
  return file + directory + "PK\x05\x06" + number_bytes(0, 4) + count + count + number_bytes(directory.size(), 4) +
         number_bytes(file.size(), 4) + number_bytes(0, 2);
}

// Pieces of a pickle: each leaves one value on the stack.
inline std::string global_of(const std::string& module, const std::string& name) {
  return joined("c", module, "\n", name, "\n");
}
inline std::string text_of(const std::string& text) { return joined("X", number_bytes(text.size(), 4), text); }
inline std::string integer_of(std::int64_t value) {
  return joined("\x8a\x08", number_bytes(static_cast<std::uint64_t>(value), 8));
}
inline std::string tuple_of(const std::vector<std::int64_t>& values) {
  std::string pickle = "(";
  for (const std::int64_t value : values) pickle += integer_of(value);
  return pickle + "t";
}
inline std::string storage_of(const std::string& type, const std::string& key, std::int64_t elements) {
  return joined("(", text_of("storage"), global_of("torch", type), text_of(key), text_of("cpu"), integer_of(elements),
                "tQ");
}
inline std::string tensor_of(const std::string& type, const std::string& key, std::int64_t elements,
                             std::int64_t offset, const std::vector<std::int64_t>& shape,
                             const std::vector<std::int64_t>& strides) {
  return joined(global_of("torch._utils", "_rebuild_tensor_v2"), "(", storage_of(type, key, elements),
                integer_of(offset), tuple_of(shape), tuple_of(strides), "\x89", global_of("collections", "OrderedDict"),
                ")RtR");
}
inline std::string dict_of(const Members& items) {
  std::string pickle = "}(";
  for (const auto& [key, value] : items) pickle += text_of(key) + value;
  return pickle + "u";
}

/// A .pt file of one pickle and one storage "0".
inline std::string pt_of(const std::string& object, const std::string& storage = "") {
  return zip_of({{"archive/data.pkl", "\x80\x02" + object + "."}, {"archive/data/0", storage}});
}

/// The format before torch 1.6 with one storage "0" of so many elements.
inline std::string legacy_of(const std::string& object, const std::string& storage, std::uint64_t elements) {
  const std::string start = "\x80\x02";
  return start + "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19." + start + "M\xe9\x03." + start +
         dict_of({{"little_endian", "\x88"}}) + "." + start + object + "." + start + "](" + text_of("0") + "e." +
         number_bytes(elements, 8) + storage;
}

}  // namespace redraw::test
