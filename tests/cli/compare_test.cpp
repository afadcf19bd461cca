// redraw compare: numbers, limits, masks, reports, golden updates and exit codes, by the real program.
#include <catch2/catch.hpp>

#include <chrono>

#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "image/png.h"
#include "image/read.h"
#include "support/pictures.h"

using namespace redraw;
using Catch::Contains;
using Catch::StartsWith;
using redraw::test::Folder;
using redraw::test::Outcome;

namespace {

void write_png(const Folder& folder, const std::string& name, const Image& image) {
  const auto bytes = encode_png(image, {});
  folder.write(name, std::string(bytes.begin(), bytes.end()));
}

Image picture() { return test::noisy_image(40, 30, 3); }

/// One pixel at 20, 10 is `by` brighter or darker in green.
Image changed(int by) {
  Image image = picture();
  std::uint8_t& value = image.at(20, 10)[1];
  value = static_cast<std::uint8_t>(value > 127 ? value - by : value + by);
  return image;
}

/// golden/ and made/ with a.png (equal), b.png (differs by 5) and sub/c.png (equal).
void write_folders(const Folder& folder) {
  for (const std::string name : {"a.png", "b.png", "sub/c.png"}) {
    write_png(folder, "golden/" + name, picture());
    write_png(folder, "made/" + name, name == "b.png" ? changed(5) : picture());
  }
}

}  // namespace

TEST_CASE("compare: equal pictures are good, one changed pixel is not", "[cli]") {
  const Folder folder;
  write_png(folder, "a.png", picture());
  write_png(folder, "same.png", picture());
  write_png(folder, "b.png", changed(5));
  const Outcome same = folder.run("compare a.png same.png"), other = folder.run("compare a.png b.png");
  CHECK(same.code == 0);
  CHECK_THAT(same.out, Contains("bit-equal") && Contains("1 compared, 1 good, 0 different"));
  CHECK(other.code == 1);
  CHECK_THAT(other.out, Contains("the largest difference is 5, allowed is 0 (1 pixels within 1x1 at 20,10)") &&
                            Contains("PSNR") && Contains("SSIM") && Contains("FLIP"));
}

TEST_CASE("compare: each limit alone decides", "[cli]") {
  const Folder folder;
  write_png(folder, "a.png", picture());
  write_png(folder, "b.png", changed(5));
  const auto [flags, code] = GENERATE(table<std::string, int>(
      {{"--max-difference 5", 0}, {"--max-difference 4", 1}, {"--max-changed 0.09", 0}, {"--max-changed 0.08", 1},
       {"--min-psnr 60", 0}, {"--min-psnr 70", 1}, {"--min-ssim 0.99", 0}, {"--min-ssim 1", 1}, {"--max-flip 0.1", 0},
       {"--max-flip 0", 1}, {"--max-difference 5 --min-psnr 70", 1}}));
  INFO(flags);
  CHECK(folder.run("compare a.png b.png " + flags).code == code);
}

TEST_CASE("compare: inside and outside a mask", "[cli]") {
  const Folder folder;
  write_png(folder, "a.png", picture());
  write_png(folder, "b.png", changed(5));
  write_png(folder, "masks/b.png", test::square_mask({40, 30}, {10, 5, 30, 20}));
  CHECK(folder.run("compare a.png b.png --inside masks/b.png").code == 1);
  CHECK(folder.run("compare a.png b.png --outside 'masks/{stem}.png'").code == 0);
  write_png(folder, "small.png", Image(3, 3, 1, 255));
  const Outcome wrong = folder.run("compare a.png b.png --inside small.png");
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.out, Contains("the mask \"small.png\" is 3x3, the picture 40x30"));
}

TEST_CASE("compare: folders by path; missing and new pictures are different", "[cli]") {
  const Folder folder;
  write_folders(folder);
  write_png(folder, "golden/gone.png", picture());
  write_png(folder, "made/new.png", picture());
  folder.write("made/note.txt", "x");
  const Outcome run = folder.run("compare golden made --json");
  CHECK(run.code == 1);
  const auto json = nlohmann::json::parse(run.out);
  CHECK(json.at("compared") == 5);
  CHECK(json.at("good") == 2);
  std::map<std::string, nlohmann::json> by_name;
  for (const auto& one : json.at("pictures")) by_name[one.at("name")] = one;
  CHECK(by_name.at("b.png").at("largest_difference") == 5);
  CHECK(by_name.at("b.png").at("changed_box") == nlohmann::json{20, 10, 21, 11});
  CHECK(by_name.at("a.png").at("psnr").is_null());
  CHECK(by_name.at("gone.png").at("failures")[0] == "the picture is missing");
  CHECK(by_name.at("new.png").at("failures")[0] == "there is no golden picture of this name");
  CHECK(by_name.at("sub/c.png").at("good") == true);
}

TEST_CASE("compare: sizes that differ and files that cannot be read", "[cli]") {
  const Folder folder;
  write_png(folder, "a.png", picture());
  write_png(folder, "wide.png", Image(41, 30, 3));
  folder.write("bad.png", "hello");
  const Outcome size = folder.run("compare a.png wide.png");
  CHECK(size.code == 1);
  CHECK_THAT(size.out, Contains("it is 41x30, the golden one 40x30"));
  CHECK(folder.run("compare a.png bad.png").code == 3);
  const Outcome gone = folder.run("compare a.png gone.png");
  CHECK(gone.code == 3);
  CHECK_THAT(gone.err, Contains("there is no picture or folder \"gone.png\""));
}

TEST_CASE("compare: an alpha channel counts", "[cli]") {
  const Folder folder;
  write_png(folder, "a.png", picture());
  Image alpha(40, 30, 4, 255);
  for (int y = 0; y < 30; ++y)
    for (int x = 0; x < 40; ++x) std::copy_n(picture().at(x, y), 3, alpha.at(x, y));
  write_png(folder, "opaque.png", alpha);
  CHECK(folder.run("compare a.png opaque.png").code == 0);
  alpha.at(3, 3)[3] = 0;
  write_png(folder, "hole.png", alpha);
  CHECK(folder.run("compare a.png hole.png").code == 1);
}

TEST_CASE("compare: JUnit XML counts failures and errors, and escapes names", "[cli]") {
  const Folder folder;
  write_folders(folder);
  write_png(folder, "golden/<&>.png", picture());
  write_png(folder, "made/<&>.png", changed(9));
  folder.write("golden/bad.png", "x");
  folder.write("made/bad.png", "x");
  CHECK(folder.run("compare golden made -q --junit reports/r.xml").code == 1);
  const std::string xml = folder.read("reports/r.xml");
  CHECK_THAT(xml, StartsWith("<?xml version=\"1.0\"") && Contains("tests=\"5\" failures=\"2\" errors=\"1\"") &&
                      Contains("name=\"&lt;&amp;&gt;.png\"") &&
                      Contains("<failure message=\"the largest difference is 9"));
}

TEST_CASE("compare: difference pictures of what differs", "[cli]") {
  const Folder folder;
  write_folders(folder);
  CHECK(folder.run("compare golden made --diff diff").code == 1);
  CHECK(std::filesystem::exists(folder.path() / "diff/b.diff.png"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "diff/a.diff.png"));
  CHECK(read_image(folder.path() / "diff/b.diff.png").width > 4 * 40);
}

TEST_CASE("compare --update-golden takes over what differs or is new, and no file that is no picture", "[cli]") {
  const Folder folder;
  write_folders(folder);
  write_png(folder, "made/new/d.png", picture());
  const Outcome run = folder.run("compare golden made --update-golden");
  CHECK(run.code == 0);
  CHECK_THAT(run.out, Contains("updated  golden/b.png") && Contains("updated  golden/new/d.png") &&
                          Contains("2 updated, 2 kept"));
  CHECK(folder.run("compare golden made").code == 0);
  folder.write("made/a.png", "no picture");
  CHECK(folder.run("compare golden made --update-golden").code == 3);
  CHECK(read_image(folder.path() / "golden/a.png") == picture());
}

TEST_CASE("compare: wrong requests", "[cli]") {
  const Folder folder;
  write_folders(folder);
  const auto [args, message] = GENERATE(table<std::string, std::string>(
      {
         {"compare golden", "compare takes two names, not 1"},
         {"compare golden made --max-flip 2", "max_flip cannot be \"2\""},
         {"compare golden made --max-difference x", "it takes a number, 0 to 255"},
         {"compare golden made/a.png", "one is a folder, one a file"},
         {"compare golden made --inside a.png --outside b.png", "--inside and --outside are both given"},
         {"compare golden made --max-diference 3", "did you mean --max-difference?"}}));
  const Outcome run = folder.run(args);
  CHECK(run.code == 2);
  CHECK_THAT(run.err, StartsWith("redraw: error: ") && Contains(message));
}

TEST_CASE("compare and show start without libtorch", "[cli]") {
  const Folder folder;
  write_png(folder, "a.png", picture());
  const auto start = std::chrono::steady_clock::now();
  constexpr int kRuns = 5;
  for (int i = 0; i < kRuns; ++i) CHECK(folder.run("compare a.png a.png -q").code == 0);
  const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count() / kRuns;
  WARN("compare takes " << ms << " ms");
  CHECK(ms < 300);  // 30 on a machine that does nothing else
}
