// Sweeps by the real program beside an engine without a model: flags, recipes, messages, shards.
#include <catch2/catch.hpp>

#include <filesystem>

#include "cli/process.h"
#include "image/png.h"

using Catch::Contains;
using redraw::test::Folder;
using redraw::test::Outcome;
using redraw::test::Process;

namespace {

struct Workplace : Folder {
  Workplace() {
    const auto bytes = redraw::encode_png(redraw::Image(16, 16, 3, 90), {});
    write("a.png", std::string(bytes.begin(), bytes.end()));
    write("model.safetensors", "no model: the stand-in does not look");
  }
  Outcome sweep(std::vector<std::string> more) const {
    std::vector<std::string> args = {"a.png", "-M", "./model.safetensors", "-o", "out", "--seed", "7"};
    args.insert(args.end(), more.begin(), more.end());
    Process process(*this, args);
    const int code = process.wait();
    return {code, read("out.txt"), read("err.txt")};
  }
  bool has(const std::string& name) const { return std::filesystem::exists(path() / name); }
};

}  // namespace

TEST_CASE("--sweep makes cells, a sheet, a table and a page, and tells where", "[cli][sweep]") {
  const Workplace folder;
  const Outcome run = folder.sweep({"--sweep", "denoise=0.2..0.4 step 0.1", "--sweep", "sampler=euler,heun"});
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK_THAT(run.err, Contains("out/sweep.html compares the cells; sweep.csv and sweep.png lie beside it"));
  for (const char* name : {"out/a_denoise-0.3_sampler-heun.png", "out/sweep.png", "out/sweep.csv", "out/sweep.html"})
    CHECK(folder.has(name));
  const Outcome again =
      folder.sweep({"--sweep", "denoise=0.2..0.5 step 0.1", "--sweep", "sampler=euler,heun", "--resume"});
  CHECK(again.code == 0);
  CHECK_THAT(again.err, Contains("6 skipped"));
}

TEST_CASE("a recipe sweeps, and a flag fixes one of its settings with a note", "[cli][sweep]") {
  const Workplace folder;
  folder.write("r.yaml", "prompt: a lake\nsweep:\n  denoise: [0.3, 0.6]\n  prompt: {lake: [river, sea]}\n");
  CHECK(folder.sweep({"--recipe", "r.yaml"}).code == 0);
  CHECK(folder.has("out/a_denoise-0.6_lake-sea.png"));
  const Outcome fixed = folder.sweep({"--recipe", "r.yaml", "-d", "0.4", "-o", "other"});
  CHECK(fixed.code == 0);
  CHECK_THAT(fixed.err, Contains("denoise is given as a flag: the sweep over it is left out"));
  CHECK(folder.has("other/a_lake-sea.png"));
}

TEST_CASE("mistakes in a sweep are told with their places, and nothing is written", "[cli][sweep]") {
  const Workplace folder;
  const Outcome run =
      folder.sweep({"--sweep", "denoize=0.2", "--sweep", "steps", "--sweep", "cfg=1..", "--sweep", "sampler=eulr"});
  CHECK(run.code == 2);
  CHECK_THAT(run.err, Contains("unknown setting \"denoize\"") && Contains("sweep cannot be \"steps\"") &&
                          Contains("the range \"1..\" cannot be used") && Contains("unknown sampler \"eulr\"") &&
                          Contains("where: --sweep"));
  CHECK_FALSE(folder.has("out"));
}

TEST_CASE("shards make their cells and leave the report to a run of all", "[cli][sweep]") {
  const Workplace folder;
  for (const char* shard : {"1/2", "2/2"}) {
    const Outcome run = folder.sweep({"--sweep", "cfg=1,2", "--resume", "--shard", shard});
    CHECK(run.code == 0);
    CHECK_FALSE(folder.has("out/sweep.html"));
  }
  CHECK(folder.has("out/a_cfg_scale-2.png"));
  CHECK(folder.sweep({"--sweep", "cfg=1,2", "--resume"}).code == 0);
  CHECK(folder.has("out/sweep.html"));
}

TEST_CASE("a dry run names every cell and writes nothing", "[cli][sweep]") {
  const Workplace folder;
  const Outcome run = folder.sweep({"--sweep", "denoise=0.5..0.3 step 0.1", "--dry-run"});
  CHECK(run.code == 0);
  CHECK_THAT(run.out, Contains("out/a_denoise-0.5.png <- a.png") && Contains("sweep denoise: 0.5 | 0.4 | 0.3"));
  CHECK_FALSE(folder.has("out"));
}

TEST_CASE("models are swept on several devices too, and nothing is done twice", "[cli][sweep]") {
  const Workplace folder;
  folder.write("other.safetensors", "another one");
  const auto sweep = [&] {
    Process process(folder, {"a.png", "-o", "out", "--devices", "cpu,cpu", "--resume", "--sweep",
                             "model=./model.safetensors,./other.safetensors", "--sweep", "seed=1..3"});
    const int code = process.wait();
    return Outcome{code, folder.read("out.txt"), folder.read("err.txt")};
  };
  CHECK(sweep().code == 0);
  for (const char* name : {"out/a_model-model_seed-1.png", "out/a_model-other_seed-3.png", "out/sweep.html"})
    CHECK(folder.has(name));
  CHECK_THAT(sweep().err, Contains("0 written, 6 skipped"));
}
