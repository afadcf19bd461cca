// Scratch: a folder for what is needed only now.
#pragma once

#include <filesystem>

namespace redraw {

/// An empty folder in $TMPDIR that only this user reads; gone with the object.
class Scratch {
 public:
  /// Errors: kFile.
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace redraw
