// Tests of redraw models, with the real binary.
#include <catch2/catch.hpp>

#include <stdlib.h>

#include <chrono>

#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "support/safetensors_bytes.h"
#include "support/torch_bytes.h"

using namespace redraw::test;
using Json = nlohmann::json;

namespace {

/// A folder whose program keeps its cache inside.
class ModelFolder : public Folder {
 public:
  ModelFolder() { ::setenv("REDRAW_CACHE", (path() / "cache").c_str(), 1); }
  ~ModelFolder() { ::unsetenv("REDRAW_CACHE"); }
};

const std::string kTensor = tensor_of("FloatStorage", "0", 4, 0, {4}, {1});

}  // namespace

TEST_CASE("models: says of the demo model what it is, in well under a second", "[cli]") {
  const ModelFolder folder;
  const std::string demo = std::string("'") + REDRAW_SOURCE_DIR + "/models/demo.safetensors'";
  const auto start = std::chrono::steady_clock::now();
  const Outcome text = folder.run("models " + demo);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));  // a busy machine
  CHECK(text.code == 0);
  for (const char* words : {"checkpoint, sd1", "prediction  eps", "fp16", "19.06 million"})
    CHECK(text.out.find(words) != std::string::npos);
  CHECK(text.out.find("missing") == std::string::npos);
  const Json json = Json::parse(folder.run("models --json " + demo).out).at(0);
  CHECK(json.at("kind") == "checkpoint");
  CHECK(json.at("architecture").at("in_channels") == 4);
  CHECK(json.at("hash") == json.at("sha256").get<std::string>().substr(0, 10));
}

TEST_CASE("models: broken files are told beside good ones, and set the exit code", "[cli]") {
  const ModelFolder folder;
  folder.write("good.pt", pt_of(dict_of({{"emb_params", kTensor}}), std::string(16, 'x')));
  folder.write("evil.ckpt", pt_of(dict_of({{"a", global_of("os", "system") + "(" + text_of("touch evil") + "tR"}})));
  const Outcome both = folder.run("models evil.ckpt good.pt none.pt");
  CHECK(both.code == 4);
  CHECK(both.err.find("\"os.system\"") != std::string::npos);
  CHECK(both.err.find("none.pt") != std::string::npos);
  CHECK(both.out.find("triggers    good") != std::string::npos);
  CHECK(folder.run("models none.pt").code == 3);
  const Json json = Json::parse(folder.run("models --json evil.ckpt good.pt").out);
  CHECK(json.at(0).at("error").at("why").get<std::string>().find("os.system") != std::string::npos);
  CHECK(json.at(1).at("kind") == "embedding");
}

TEST_CASE("models: without a file lists what the model folders hold", "[cli]") {
  const ModelFolder folder;
  folder.write("models/deep/er/mine.pt", pt_of(dict_of({{"emb_params", kTensor}}), std::string(16, 'x')));
  folder.write("models/broken.safetensors", "");
  folder.write("models/notes.txt", "text");
  const Outcome listed = folder.run("models");
  CHECK(listed.code == 0);
  CHECK(listed.out.find("embedding") != std::string::npos);
  CHECK(listed.out.find("models/deep/er/mine.pt") != std::string::npos);
  CHECK(listed.out.find("models/broken.safetensors: it is empty") != std::string::npos);
  CHECK(listed.out.find("demo.safetensors") != std::string::npos);
  CHECK(listed.out.find("notes.txt") == std::string::npos);
}

TEST_CASE("models: unknown flags are refused by name", "[cli]") {
  const ModelFolder folder;
  const Outcome outcome = folder.run("models --hahs x.pt");
  CHECK(outcome.code == 2);
  CHECK(outcome.err.find("--hash") != std::string::npos);
}
