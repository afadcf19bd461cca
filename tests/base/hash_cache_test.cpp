// Tests of base/hash_cache: computed once, computed again when the file changes, never in the way.
#include <catch2/catch.hpp>

#include <stdlib.h>

#include <chrono>

#include "base/files.h"
#include "base/hash_cache.h"
#include "support/errors.h"
#include "support/temp_folder.h"

using namespace redraw;
namespace fs = std::filesystem;

namespace {

/// A variable of the environment for as long as the object lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

/// So that the file counts as settled.
void age(const fs::path& path, int seconds) {
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::seconds(seconds));
}

}  // namespace

TEST_CASE("file_hash: is taken from the cache until size or time change", "[base]") {
  const test::TempFolder folder;
  const Variable cache("REDRAW_CACHE", (folder / "cache").string());
  const fs::path path = folder.write("model", "one");
  age(path, 100);
  const auto time = fs::last_write_time(path);
  const std::string hash = file_hash(path);
  CHECK(hash == sha256_of_file(path));
  CHECK(file_hash(path, 0, false) == hash);
  folder.write("model", "two");
  fs::last_write_time(path, time);
  CHECK(file_hash(path) == hash);  // same path, size and time: this is how it shows that nothing was read
  age(path, 50);
  CHECK(file_hash(path, 0, false).empty());
  CHECK(file_hash(path) == sha256_of_file(path));
}

TEST_CASE("file_hash: a part of the file has a hash of its own", "[base]") {
  const test::TempFolder folder;
  const Variable cache("REDRAW_CACHE", (folder / "cache").string());
  const fs::path path = folder.write("model", "headtail"), tail = folder.write("tail", "tail");
  age(path, 100);
  CHECK(file_hash(path, 4) == sha256_of_file(tail));
  CHECK(file_hash(path, 4, false) == sha256_of_file(tail));
  CHECK(file_hash(path, 0, false).empty());
}

TEST_CASE("file_hash: a file that was just written is not remembered", "[base]") {
  const test::TempFolder folder;
  const Variable cache("REDRAW_CACHE", (folder / "cache").string());
  const fs::path path = folder.write("model", "one");
  CHECK(file_hash(path) == sha256_of_file(path));
  CHECK(file_hash(path, 0, false).empty());
}

TEST_CASE("file_hash: a cache that is no folder or holds nonsense is no error", "[base]") {
  const test::TempFolder folder;
  const fs::path path = folder.write("model", "one");
  age(path, 100);
  {
    const Variable cache("REDRAW_CACHE", path.string());
    CHECK(file_hash(path) == sha256_of_file(path));
  }
  const Variable cache("REDRAW_CACHE", (folder / "cache").string());
  file_hash(path);
  for (const auto& entry : fs::directory_iterator(folder / "cache/sha256"))
    folder.write("cache/sha256/" + entry.path().filename().string(), "nonsense");
  CHECK(file_hash(path) == sha256_of_file(path));
  CHECK(test::error_of([&] { file_hash(folder / "none"); })->kind() == ErrorKind::kFile);
}
