// A file that is written piece by piece and appears whole or not at all.
#include "base/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "redraw/error.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

}  // namespace

AtomicFile::AtomicFile(fs::path target)
    : target_(std::move(target)),
      temporary_(folder_of(target_) / ("." + target_.filename().string() + "." + std::to_string(::getpid()) + ".tmp")) {
  file_ = ::open(folder_of(target_).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
  if (file_ >= 0) return;
  named_ = true;
  file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file_ < 0) fail();
}

AtomicFile::~AtomicFile() {
  if (file_ >= 0) ::close(file_);
  if (named_) ::unlink(temporary_.c_str());
}

void AtomicFile::fail() const {
  throw Error(ErrorKind::kFile, "cannot write \"" + target_.string() + "\"", target_.string(), std::strerror(errno),
              "check that the folder exists, is writable and has room");
}

void AtomicFile::write(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail();
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void AtomicFile::commit() {
  if (::fsync(file_) != 0) fail();
  if (!named_) {
    ::unlink(temporary_.c_str());
    const std::string open_file = "/proc/self/fd/" + std::to_string(file_);
    if (::linkat(AT_FDCWD, open_file.c_str(), AT_FDCWD, temporary_.c_str(), AT_SYMLINK_FOLLOW) != 0) fail();
    named_ = true;
  }
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail();
  named_ = false;
  const int folder = ::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  ::fsync(folder);  // so that the rename itself survives a power cut
  ::close(folder);
}

}  // namespace redraw
