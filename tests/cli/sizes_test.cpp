// What a user reads after a size that cannot be meant.
#include <catch2/catch.hpp>

#include <cstdint>

#include "cli/program.h"

using Catch::Contains;
using redraw::test::Folder;
using redraw::test::Outcome;

namespace {

/// A PNG that ends with its header.
std::string png_header(std::uint32_t width, std::uint32_t height) {
  std::string bytes("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
  for (const std::uint32_t side : {width, height})
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(side >> shift & 0xFF);
  return bytes + std::string("\x08\x02\0\0\0\0\0\0\0", 9);
}

}  // namespace

TEST_CASE("a factor of 0, 100 or below 0 names the flag and what it takes", "[cli]") {
  const Folder folder;
  folder.write("a.png", png_header(64, 64));
  for (const std::string command : {"", "upscale "})
    for (const std::string scale : {"0", "100", "-2"}) {
      INFO(command << scale);
      const Outcome run = folder.run(command + "a.png --upscaler lanczos --scale " + scale);
      CHECK(run.code == 2);
      CHECK_THAT(run.err, Contains("scale cannot be \"" + scale +
                                   "\"\n  where: --scale\n  why:   scale takes: number, 0.01 to 16 times\n"));
    }
}

TEST_CASE("a picture larger than any memory is refused by its header, in words", "[cli]") {
  const Folder folder;
  folder.write("huge.png", png_header(60000, 60000));
  for (const std::string command : {"huge.png --dry-run", "upscale huge.png --upscaler lanczos --scale 2"}) {
    INFO(command);
    const Outcome run = folder.run(command);
    CHECK(run.code != 0);
    CHECK_THAT(run.err + run.out, Contains("60000x60000 pixels; the limit is 268 megapixels") &&
                                      Contains("shrink it, or cut it into parts"));
  }
}

TEST_CASE("a result beyond what the model sees at once is refused before anything is loaded", "[cli]") {
  const Folder folder;
  folder.write("big.png", png_header(4000, 4000));
  const Outcome run = folder.run("big.png --scale 4 --dry-run");
  CHECK(run.code != 0);
  CHECK_THAT(run.err + run.out,
             Contains("would be redrawn at 16000x16000") && Contains("give a smaller --size or --scale"));
}
