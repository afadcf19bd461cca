// Append file: lines that are on the disk when the call returns, from several processes at once.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>

namespace redraw {

/// Opens its file with the first line. Each line is written whole or not at all (where the disk is full,
/// what got through is taken back) and synced; a torn last line of a killed writer is closed first. A file
/// that was deleted meanwhile is made anew, with its folder. Thread-safe.
class AppendFile {
 public:
  explicit AppendFile(std::filesystem::path path) : path_(std::move(path)) {}
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// line: without the end of line. Errors: kFile.
  void append(const std::string& line);

 private:
  void open_again();
  bool is_gone() const;
  bool write_line(const std::string& line) const;

  std::filesystem::path path_;
  int fd_ = -1;
  std::mutex mutex_;
};

}  // namespace redraw
