// File hashes: SHA-256 of files, read again only where size or time of change differ.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "base/files.h"

namespace redraw {

/// A file as it was when it was hashed.
struct HashedFile {
  std::string path, sha256;
  FileStamp stamp;
};

/// Thread-safe.
class FileHashes {
 public:
  /// Takes over what an earlier run found.
  void remember(const HashedFile& file);
  /// Errors: kFile.
  HashedFile of(const std::filesystem::path& path);

 private:
  std::mutex mutex_;
  std::map<std::string, HashedFile> known_;
};

}  // namespace redraw
