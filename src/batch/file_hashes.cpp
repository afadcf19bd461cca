// File hashes: SHA-256 of files, read again only where size or time of change differ.
#include "batch/file_hashes.h"

#include "base/hash_cache.h"

namespace redraw {
namespace {

constexpr std::uintmax_t kLarge = 16 << 20;  // bytes; models are, and their hashes outlive the run

}  // namespace

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
  HashedFile file{path.string(), stamp.bytes > kLarge ? file_hash(path) : sha256_of_file(path), stamp};
  remember(file);
  return file;
}

}  // namespace redraw
