// A file that is written piece by piece and appears whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace redraw {

class AtomicFile {
 public:
  /// Opens a file without a name in the target's folder, or a temporary one beside it where the file system knows no
  /// such. Errors: kFile.
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();  // without commit nothing is left
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::uint8_t> bytes);  // Errors: kFile
  /// fsync, then the target's name. Errors: kFile.
  void commit();

 private:
  [[noreturn]] void fail() const;

  std::filesystem::path target_, temporary_;
  int file_ = -1;
  bool named_ = false;
};

}  // namespace redraw
