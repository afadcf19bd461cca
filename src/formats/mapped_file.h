// A file mapped for reading.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace redraw {

class MappedFile {
 public:
  /// Errors: kFile, naming the path and the system's reason.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  void* data_ = nullptr;
  std::uint64_t size_ = 0;
};

/// Gives the whole pages inside [data, data + size) of a mapped file back to the system; they can be read again.
void release_pages(const void* data, std::uint64_t size);

}  // namespace redraw
