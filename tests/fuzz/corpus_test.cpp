// Replays the corpora of all fuzz targets, and each of their files cut short.
#include <catch2/catch.hpp>

#include <filesystem>

#include "base/files.h"
#include "fuzz/targets.h"

using namespace redraw;
namespace fs = std::filesystem;

namespace {

constexpr int kCuts = 16;

}  // namespace

TEST_CASE("fuzz: every file of a corpus is read or refused, whole and cut short", "[fuzz][table]") {
  for (const fuzz::Target& target : fuzz::targets()) {
    const fs::path folder = fs::path(REDRAW_SOURCE_DIR) / "tests/fuzz/corpus" / target.name;
    int files = 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
      INFO(entry.path());
      const std::string bytes = read_file(entry.path());
      CHECK_NOTHROW(target.run(bytes));
      for (std::size_t cut = 1; cut < kCuts; ++cut)
        CHECK_NOTHROW(target.run(std::string(bytes, 0, bytes.size() * cut / kCuts)));
      ++files;
    }
    INFO(target.name);
    CHECK(files >= 3);
  }
}
