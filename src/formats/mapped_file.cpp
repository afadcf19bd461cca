// A file mapped for reading.
#include "formats/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "redraw/error.h"

namespace redraw {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& why) {
  throw Error(ErrorKind::kFile, "cannot open the model \"" + path.string() + "\"", path.string(), why,
              "check the path and its permissions");
}

/// What cannot be mapped, or would wait for ever; empty for a plain file.
std::string oddity(const struct stat& info) {
  if (S_ISDIR(info.st_mode)) return "it is a folder";
  return S_ISREG(info.st_mode) ? "" : "it is a device or pipe, not a file";
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat info {};
  if (fd < 0) fail(path, std::strerror(errno));
  const std::string why = ::fstat(fd, &info) != 0 ? std::strerror(errno) : oddity(info);
  size_ = static_cast<std::uint64_t>(info.st_size);
  if (why.empty() && size_ > 0) data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
  const std::string reason = data_ == MAP_FAILED ? std::strerror(errno) : why;
  ::close(fd);
  if (!reason.empty()) fail(path, reason);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

void release_pages(const void* data, std::uint64_t size) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto start = reinterpret_cast<std::uintptr_t>(data);
  const std::uintptr_t first = (start + page - 1) / page * page, last = (start + size) / page * page;
  if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

}  // namespace redraw
