// File hashes: SHA-256 of files, read again only where size or time of change differ.
#include "batch/file_hashes.h"

namespace redraw {

void FileHashes::remember(const HashedFile& file) {
  const std::lock_guard guard(mutex_);
  if (!file.sha256.empty()) known_[file.path] = file;
}

HashedFile FileHashes::of(const std::filesystem::path& path) {
  const FileStamp stamp = stamp_of(path).value_or(FileStamp{});  // of a missing file, the reading tells
  {
    const std::lock_guard guard(mutex_);
    const auto known = known_.find(path.string());
    if (known != known_.end() && known->second.stamp == stamp) return known->second;
  }
  HashedFile file{path.string(), sha256_of_file(path), stamp};
  remember(file);
  return file;
}

}  // namespace redraw
