// Append file: whole lines, whoever died before and whoever else writes.
#include "base/append_file.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <thread>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/files.h"
#include "support/errors.h"

namespace redraw {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "redraw-append-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

TEST_CASE("a torn last line is closed before the next is written") {
  const Folder folder;
  std::ofstream(folder / "log") << "one\ntw";
  AppendFile file(folder / "log");
  file.append("three");
  file.append("four");
  CHECK(read_file(folder / "log") == "one\ntw\nthree\nfour\n");
}

TEST_CASE("a file that vanished with its folder is made anew") {
  const Folder folder;
  AppendFile file(folder / "sub/log");
  file.append("one");
  fs::remove_all(folder / "sub");
  file.append("two");
  CHECK(read_file(folder / "sub/log") == "two\n");
}

TEST_CASE("processes that append at once tear no line") {
  const Folder folder;
  const std::string line(3000, 'x');
  for (int process = 0; process < 4; ++process) {
    if (::fork() != 0) continue;
    AppendFile file(folder / "log");
    for (int i = 0; i < 25; ++i) file.append(line);
    ::_exit(0);
  }
  while (::wait(nullptr) > 0) {}
  std::ifstream lines(folder / "log");
  int count = 0;
  for (std::string each; std::getline(lines, each); ++count) REQUIRE(each == line);
  CHECK(count == 100);
}

TEST_CASE("where the disk is full, what got through is taken back and the error names the file") {
  const Folder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{10, 10};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    AppendFile file(folder / "log");
    file.append("12345");
    const auto error = test::error_of([&] { file.append("1234567890"); });
    ::_exit(error && error->kind() == ErrorKind::kFile && test::mentions(*error, "log") ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
  CHECK(read_file(folder / "log") == "12345\n");
}

}  // namespace
}  // namespace redraw
