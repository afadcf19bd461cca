// Manifests, sidecars, styles and prompts of the source by the real program: precedence, messages, bad input.
#include <catch2/catch.hpp>

#include "cli/program.h"
#include "image/png.h"

using Catch::Contains;
using redraw::test::Folder;
using redraw::test::Outcome;

namespace {

constexpr const char* kModel = " -M ./demo.safetensors --dry-run ";

struct Workplace : Folder {
  Workplace() {
    write("demo.safetensors", "no model at all");
    picture("a.png");
    picture("b.png");
  }
  void picture(const std::string& name, const std::vector<redraw::TextChunk>& texts = {}) const {
    const auto bytes = redraw::encode_png(redraw::Image(16, 16, 3, 90), texts);
    write(name, std::string(bytes.begin(), bytes.end()));
  }
};

}  // namespace

TEST_CASE("manifest < command line, and the plan says what a picture has of its own", "[cli][manifest]") {
  const Workplace folder;
  folder.write("list.csv", "path,denoise,steps,prompt\na.png,0.3,9,a boat\nb.png,,,\n");
  const Outcome run = folder.run("--manifest list.csv --steps 12 --seed 5" + std::string(kModel));
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK_THAT(run.out, Contains("redrawn/a.png <- ./a.png\n") &&
                          Contains("steps 4 of 12, seed 5\n  of its own: prompt a boat, denoise 0.3\n"));
  CHECK_THAT(run.out, Contains("redrawn/b.png <- ./b.png\n") && Contains("steps 10 of 12, seed 6\n"));
}

TEST_CASE("a sidecar beside the picture is read, and left alone with --no-sidecars", "[cli][manifest]") {
  const Workplace folder;
  folder.write("a.redraw.yaml", "denoise: 0.1\n");
  CHECK_THAT(folder.run("a.png" + std::string(kModel)).out, Contains("of its own: denoise 0.1"));
  CHECK_THAT(folder.run("a.png --no-sidecars" + std::string(kModel)).out, !Contains("of its own"));
  CHECK_THAT(folder.run("a.png -d 0.7" + std::string(kModel)).out, Contains("steps 15 of 20"));
}

TEST_CASE("styles and png_info take several names, one flag each", "[cli][manifest]") {
  const Workplace folder;
  folder.picture("c.png", {{"parameters", "inner\nSteps: 8, Sampler: Euler, Seed: 3, Size: 8x8"}});
  folder.write("styles.csv", "name,prompt,negative_prompt\none,first,\ntwo,second,\n");
  const Outcome run =
      folder.run("c.png -p 'a lake' --styles one --styles two --png-info Prompt --png-info Seed" + std::string(kModel));
  INFO(run.err);
  CHECK_THAT(run.out, Contains("prompt a lake inner, first, second") && Contains("seed 3\n"));
  const Outcome wrong = folder.run("a.png --styles tow" + std::string(kModel));
  CHECK(wrong.code == 2);
  CHECK(wrong.err ==
        "redraw: error: unknown style \"tow\"\n  where: --styles\n  why:   the styles are: one, two\n  fix:   did you "
        "mean \"two\"?\n");
}

TEST_CASE("wrong manifests: line, column and the nearest name, and nothing is written", "[cli][manifest]") {
  const Workplace folder;
  folder.write("list.csv", "path,denoize\na.png,0.3\n");
  const Outcome run = folder.run("--manifest list.csv -M ./demo.safetensors");
  CHECK(run.code == 2);
  CHECK_THAT(run.err,
             Contains("unknown column \"denoize\"\n  where: list.csv:1\n") && Contains("fix:   did you mean denoise?"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "redrawn"));
  const Outcome missing = folder.run("--manifest none.csv -M ./demo.safetensors");
  CHECK(missing.code != 0);
  CHECK_THAT(missing.err, Contains("none.csv"));
}

TEST_CASE("odd prompts are planned: brackets left open, 10,000 tokens, CJK and emoji", "[cli]") {
  const Workplace folder;
  std::string words;
  for (int i = 0; i < 10'000; ++i) words += "lake ";
  folder.write("long.txt", words);
  folder.write("odd.txt", "((([a:b] (\xE6\xB9\x96\xE6\xB3\x8A:1.2 \xF0\x9F\x8C\x8A\xF0\x9F\x9A\xA3 [|] ))) \\");
  for (const char* name : {"long.txt", "odd.txt"})
    CHECK(folder.run("a.png -p @" + std::string(name) + kModel).code == 0);
  folder.write("nul.txt", std::string("a\0b", 3));
  const Outcome nul = folder.run("a.png -p @nul.txt" + std::string(kModel));
  CHECK(nul.code == 2);
  CHECK_THAT(nul.err, Contains("the prompt holds a NUL character"));
  for (const char* flags : {"--steps 0", "--seed -2", "--seed 9007199254740992", "--seed 1.5", "--variation-strength 2",
                            "--ensd 3000000000"})
    CHECK(folder.run("a.png " + std::string(flags) + kModel).code == 2);
}
