// --from and show --recipe by the real program, with pictures that A1111 or redraw might have written.
#include <catch2/catch.hpp>

#include "cli/program.h"
#include "image/png.h"

using Catch::Contains;
using redraw::test::Folder;
using redraw::test::Outcome;
using namespace std::string_literals;

namespace {

const std::string kText =
    "@ lake, (evening:1.2)\nNegative prompt: blurry\nSteps: 9, Sampler: Euler a, Schedule type: Karras, CFG scale: "
    "5.5, "
    "Seed: 77, Size: 48x32, Model hash: 0123, Model: toy, Denoising strength: 0.4, Clip skip: 2, RNG: CPU, Version: "
    "v1.10.1";

void write_png(const Folder& folder, const std::string& name, const std::vector<redraw::TextChunk>& texts) {
  const auto bytes = redraw::encode_png(redraw::Image(16, 16, 3, 90), texts);
  folder.write(name, std::string(bytes.begin(), bytes.end()));
}

/// A JPEG's head with an ASCII user comment, no pixels.
std::string jpeg_with_comment(const std::string& comment) {
  const auto number = [](std::size_t value, int bytes) {
    std::string text;
    for (int i = bytes; i-- > 0;) text += static_cast<char>(value >> (8 * i) & 0xFF);
    return text;
  };
  const std::string value = "ASCII\0\0\0"s + comment;
  const std::string body = "Exif\0\0MM\0*\0\0\0\x08\0\1\x87\x69\0\4\0\0\0\1\0\0\0\x1A\0\0\0\0\0\1\x92\x86\0\7"s +
                           number(value.size(), 4) + number(44, 4) + number(0, 4) + value;
  return "\xFF\xD8\xFF\xE1" + number(body.size() + 2, 2) + body + "\xFF\xD9";
}

}  // namespace

TEST_CASE("--from takes a picture's settings; recipes lie below it, flags above", "[cli][from]") {
  const Folder folder;
  folder.write("demo.safetensors", "no model at all");
  folder.write("low.yaml", "steps: 3\nmask_blur: 9\n");
  write_png(folder, "a.png", {});
  write_png(folder, "other.png", {{"parameters", kText}});
  const Outcome run =
      folder.run("a.png -R low.yaml --from other.png --seed 5 -M ./demo.safetensors --dry-run --log-level info");
  INFO(run.err);
  CHECK(run.code == 0);
  for (const char* line : {"steps: 9 (other.png: Steps)", "sampler: euler_a (other.png: Sampler)", "clip_skip: 2 (",
                           "denoise: 0.4 (", "seed: 5 (--seed)", "mask_blur: 9 (low.yaml", "scheduler: karras ("})
    CHECK_THAT(run.err, Contains(line));
  CHECK_THAT(run.out + run.err, Contains("48x32"));
  CHECK_THAT(run.err, Contains("redraw: \"other.png\" also says \"Model: toy (no file of this name in the model "
                               "folders)\": that is left out\n"));
}

TEST_CASE("--from: what is left over is an error with --strict, and not said with --quiet", "[cli][from]") {
  const Folder folder;
  folder.write("demo.safetensors", "no model at all");
  write_png(folder, "a.png", {});
  write_png(folder, "other.png", {{"parameters", kText + ", Hires upscale: 2"}});
  const std::string args = "a.png --from other.png -M ./demo.safetensors --dry-run";
  const Outcome strict = folder.run(args + " --strict");
  CHECK(strict.code == 2);
  CHECK_THAT(strict.err,
             Contains("Hires upscale: 2") && Contains("Model: toy") && Contains("warnings are errors with --strict"));
  CHECK_THAT(folder.run(args + " -q").err, !Contains("Hires upscale"));
}

TEST_CASE("--from: an unknown sampler is an error that a flag mends", "[cli][from]") {
  const Folder folder;
  folder.write("demo.safetensors", "no model at all");
  write_png(folder, "a.png", {});
  write_png(folder, "other.png", {{"parameters", "x\nSteps: 4, Sampler: Nonesuch, Seed: 1, RNG: CPU"}});
  const std::string args = "a.png --from other.png -M ./demo.safetensors --dry-run";
  const Outcome run = folder.run(args);
  CHECK(run.code == 2);
  CHECK_THAT(run.err, Contains("unknown sampler \"Nonesuch\"") && Contains("where: other.png: Sampler"));
  CHECK(folder.run(args + " --sampler euler").code == 0);
}

TEST_CASE("--from: a model of that name in the model folders is taken", "[cli][from]") {
  const Folder folder;
  folder.write("models/toy.safetensors", "no model at all");
  write_png(folder, "a.png", {});
  write_png(folder, "other.png", {{"parameters", kText}});
  const Outcome run = folder.run("a.png --from other.png --dry-run --log-level info");
  CHECK(run.code == 0);
  CHECK_THAT(run.err, Contains("model: \"toy\" (other.png: Model)") && !Contains("also says"));
}

TEST_CASE("--from: a picture without text, and one that is not there", "[cli][from]") {
  const Folder folder;
  write_png(folder, "a.png", {});
  CHECK_THAT(folder.run("a.png --from a.png --dry-run").err, Contains("\"a.png\" does not say how it was made"));
  CHECK_THAT(folder.run("a.png --from gone.png --dry-run").err, Contains("cannot read \"gone.png\""));
}

TEST_CASE("show reads a JPEG's user comment", "[cli][from]") {
  const Folder folder;
  folder.write("a.jpg", jpeg_with_comment(kText));
  const Outcome run = folder.run("show a.jpg");
  CHECK(run.code == 0);
  CHECK(run.out == kText + "\n");
}

TEST_CASE("show --recipe gives YAML that check takes, from the infotext", "[cli][from]") {
  const Folder folder;
  write_png(folder, "other.png", {{"parameters", kText}});
  const Outcome run = folder.run("show other.png --recipe");
  CHECK(run.code == 0);
  CHECK(run.out ==
        "# Made from \"other.png\".\n# Left over: Model: toy (no file of this name in the model folders)\nclip_skip: "
        "2\nprompt: \"@@ lake, (evening:1.2)\"\n"
        "negative_prompt: \"blurry\"\nwidth: 48\nheight: 32\ndenoise: 0.4\nsteps: 9\nsampler: euler_a\n"
        "scheduler: karras\ncfg_scale: 5.5\nseed: 77\n");
  folder.write("again.yaml", run.out);
  CHECK(folder.run("check again.yaml").code == 0);
}

TEST_CASE("show --recipe prefers the redraw chunk: this picture's input and seed, one variant", "[cli][from]") {
  const Folder folder;
  const std::string chunk =
      R"({"schema": 1, "recipe": {"inputs": ["in"], "recursive": true, "prompt": "@x", "width": null,
      "mask_blur_x": 3, "soft_inpainting": false, "seed": -1, "count": 4, "steps": 6}, "job": {"seed": 12},
      "input": {"path": "in/b.png"}})";
  write_png(folder, "a.png", {{"parameters", kText}, {"redraw", chunk}});
  const Outcome run = folder.run("show a.png --recipe");
  CHECK(run.code == 0);
  CHECK(run.out ==
        "# Made from \"a.png\".\ninputs: [\"in/b.png\"]\nprompt: \"@@x\"\nmask_blur_x: 3\nsteps: 6\nseed: 12\n");
  write_png(folder, "bad.png", {{"redraw", "{\"schema\": 2}"}});
  const Outcome bad = folder.run("show bad.png --recipe");
  CHECK(bad.code == 3);
  CHECK_THAT(bad.err, Contains("no JSON of schema 1"));
  write_png(folder, "odd.png", {{"redraw", "{\"schema\": 1, \"recipe\": {\"stepz\": 4, \"seed\": {\"a\": 1}}}"}});
  CHECK(folder.run("show odd.png --recipe").code == 2);
}
