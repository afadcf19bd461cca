// Append file: lines that are on the disk when the call returns, from several processes at once.
#include "base/append_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "redraw/error.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

/// Several processes append to one file: between the look at its end and the write nobody may come.
class FileLock {
 public:
  explicit FileLock(int fd) : fd_(fd) { ::flock(fd_, LOCK_EX); }
  ~FileLock() { ::flock(fd_, LOCK_UN); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_;
};

off_t size_of(int fd) {
  struct stat facts {};
  return ::fstat(fd, &facts) == 0 ? facts.st_size : 0;
}

bool ends_in_line(int fd, off_t size) {
  char last = '\n';
  return size == 0 || (::pread(fd, &last, 1, size - 1) == 1 && last == '\n');
}

}  // namespace

AppendFile::~AppendFile() {
  if (fd_ >= 0) ::close(fd_);
}

bool AppendFile::is_gone() const {
  struct stat facts {};
  return fd_ < 0 || ::fstat(fd_, &facts) != 0 || facts.st_nlink == 0;
}

void AppendFile::open_again() {
  if (fd_ >= 0) ::close(fd_);
  std::error_code ignored;
  if (path_.has_parent_path()) fs::create_directories(path_.parent_path(), ignored);
  fd_ = ::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
}

bool AppendFile::write_line(const std::string& line) const {
  const FileLock lock(fd_);
  const off_t size = size_of(fd_);
  const std::string text = (ends_in_line(fd_, size) ? "" : "\n") + line + "\n";
  const ssize_t written = ::write(fd_, text.data(), text.size());
  if (written == static_cast<ssize_t>(text.size())) return true;
  if (written >= 0) errno = ENOSPC;  // part of it went through: the rest has no room
  const int reason = errno;
  [[maybe_unused]] const int kept = ::ftruncate(fd_, size);  // where this fails, the next line closes the torn one
  errno = reason;
  return false;
}

void AppendFile::append(const std::string& line) {
  const std::lock_guard guard(mutex_);
  if (is_gone()) open_again();
  if (fd_ >= 0 && write_line(line) && ::fdatasync(fd_) == 0) return;
  throw Error(ErrorKind::kFile, "cannot write \"" + path_.string() + "\"", path_.string(), std::strerror(errno),
              "check that the folder exists, is writable and has room");
}

}  // namespace redraw
