// Tests of base/files: whole reads, atomic writes, SHA-256.
#include <catch2/catch.hpp>

#include <span>

#include "base/files.h"
#include "support/errors.h"
#include "support/temp_folder.h"

using namespace redraw;
using test::error_of;
using test::mentions;
using test::TempFolder;

namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

TEST_CASE("write_file_atomically: writes, replaces, and leaves the target alone in its folder", "[base]") {
  const TempFolder folder;
  write_file_atomically(folder / "a.bin", bytes_of(std::string_view("one\0two", 7)));
  CHECK(read_file(folder / "a.bin") == std::string("one\0two", 7));
  write_file_atomically(folder / "a.bin", bytes_of("three"));
  CHECK(read_file(folder / "a.bin") == "three");
  CHECK(folder.count() == 1);
}

TEST_CASE("write_file_atomically: a target that is a folder fails and leaves nothing behind", "[base]") {
  const TempFolder folder;
  std::filesystem::create_directories(folder / "taken/inside");
  const auto error = error_of([&] { write_file_atomically(folder / "taken", bytes_of("x")); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::kFile);
  CHECK(mentions(*error, test::quoted((folder / "taken").string())));
  CHECK_FALSE(error->why().empty());
  CHECK_FALSE(error->fix().empty());
  CHECK(folder.count() == 1);
}

TEST_CASE("write_file_atomically: a folder that is not there is an error with the system's reason", "[base]") {
  const TempFolder folder;
  const auto error = error_of([&] { write_file_atomically(folder / "none/a.png", bytes_of("x")); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::kFile);
  CHECK(error->why() == "No such file or directory");
  CHECK(folder.count() == 0);
}

TEST_CASE("read_file: a missing file and a folder are errors that name the path", "[base]") {
  const TempFolder folder;
  for (const auto& path : {folder / "none.txt", folder.path()}) {
    const auto error = error_of([&] { read_file(path); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::kFile);
    CHECK(error->where() == path.string());
    CHECK_FALSE(error->why().empty());
  }
  CHECK(read_file(folder.write("empty", "")).empty());
}

TEST_CASE("sha256: known strings of FIPS 180-2, from memory and from a file", "[base]") {
  const std::string empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const std::string abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  const std::string million = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
  CHECK(sha256_of_bytes({}) == empty);
  CHECK(sha256_of_bytes(bytes_of("abc")) == abc);
  const TempFolder folder;
  CHECK(sha256_of_file(folder.write("empty", "")) == empty);
  CHECK(sha256_of_file(folder.write("abc", "abc")) == abc);
  CHECK(sha256_of_file(folder.write("million", std::string(1000000, 'a'))) == million);
  CHECK(error_of([&] { sha256_of_file(folder / "none"); })->kind() == ErrorKind::kFile);
}
