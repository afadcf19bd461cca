// What is wrong with a model file, thrown with the file's name.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace redraw {

class Fault {
 public:
  explicit Fault(std::filesystem::path path) : path_(std::move(path)) {}
  /// The Error kModel: "FILE" is not a usable model file.
  [[noreturn]] void fail(const std::string& why, const std::string& fix = "fetch or export the file again") const;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// In quotes, at most 200 bytes, without control characters: text from a file that nobody has checked.
std::string quoted_name(std::string_view name);

}  // namespace redraw
