// --dry-run by the real program: the plan, with a model file that nobody opens.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "image/png.h"

using Catch::Contains;
using redraw::test::Folder;
using redraw::test::Outcome;

namespace {

void write_png(const Folder& folder, const std::string& name, int width, int height) {
  const auto bytes = redraw::encode_png(redraw::Image(width, height, 3, 90), {});
  folder.write(name, std::string(bytes.begin(), bytes.end()));
}

}  // namespace

TEST_CASE("--dry-run prints the plan in natural order, opens no model and writes nothing", "[cli]") {
  const Folder folder;
  folder.write("demo.safetensors", "no model at all");
  for (const char* name : {"in/a10.png", "in/a2.png"}) write_png(folder, name, 64, 48);
  const Outcome run = folder.run("in --dry-run -M ./demo.safetensors --denoise 0.35");
  INFO(run.err);
  CHECK(run.code == 0);
  const std::string text = run.out + run.err;
  CHECK_THAT(text, Contains("redrawn/a2.png") && Contains("redrawn/a10.png"));
  CHECK(text.find("a2.png") < text.find("a10.png"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "redrawn"));
}

TEST_CASE("--dry-run --json prints JSON on stdout and nothing else there", "[cli]") {
  const Folder folder;
  folder.write("demo.safetensors", "no model at all");
  write_png(folder, "a.png", 64, 48);
  const Outcome run = folder.run("a.png --dry-run --json -M ./demo.safetensors");
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK_FALSE(nlohmann::json::parse(run.out, nullptr, false).is_discarded());
}

TEST_CASE("a recipe's pictures and output start from its folder, flags from the current one", "[cli]") {
  const Folder folder;
  folder.write("demo.safetensors", "no model at all");
  write_png(folder, "job/in/a.png", 64, 48);
  folder.write("job/fix.yaml", "inputs: in\noutput: out\nmodel: ../demo.safetensors\n");
  const Outcome recipe = folder.run("-R job/fix.yaml --dry-run");
  CHECK(recipe.code == 0);
  CHECK_THAT(recipe.out + recipe.err, Contains("job/out/a.png"));
  const Outcome flag = folder.run("-R job/fix.yaml --dry-run -o mine");
  CHECK(flag.code == 0);
  CHECK_THAT(flag.out + flag.err, Contains("mine/a.png") && !Contains("job/mine"));
}

TEST_CASE("--log-level info says where each setting came from; without it stderr is silent about that", "[cli]") {
  const Folder folder;
  folder.write("fix.yaml", "steps: 9\ndenoise: 0.5\n");
  const std::string args = "./gone.png -R fix.yaml -d 0.25 --dry-run";
  const Outcome loud = folder.run(args + " --log-level info");
  CHECK_THAT(loud.err, Contains("redraw: info: steps: 9 (fix.yaml:1:8)\n") &&
                           Contains("redraw: info: denoise: 0.25 (-d)\n"));
  CHECK_THAT(folder.run(args).err, !Contains("info:"));
}
