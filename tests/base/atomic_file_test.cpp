// Tests of base/atomic_file: whole or not at all.
#include <catch2/catch.hpp>

#include "base/atomic_file.h"
#include "base/files.h"
#include "support/errors.h"
#include "support/temp_folder.h"

using namespace redraw;

namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

TEST_CASE("AtomicFile: nothing is seen before commit, and nothing is left without it", "[base]") {
  const test::TempFolder folder;
  folder.write("a.txt", "old");
  {
    AtomicFile file(folder / "a.txt");
    file.write(bytes_of("ne"));
    CHECK(read_file(folder / "a.txt") == "old");
  }
  CHECK(folder.count() == 1);
  AtomicFile file(folder / "a.txt");
  file.write(bytes_of("ne"));
  file.write(bytes_of("w"));
  file.commit();
  CHECK(read_file(folder / "a.txt") == "new");
  CHECK(folder.count() == 1);
}

TEST_CASE("AtomicFile: a folder that is not there is a file error", "[base]") {
  const test::TempFolder folder;
  const auto error = test::error_of([&] { AtomicFile file(folder / "none/a.txt"); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::kFile);
}
