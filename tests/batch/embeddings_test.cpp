// Tests of batch/embeddings: which words of a prompt are files, and what is said where a file is of no use.
#include "batch/embeddings.h"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "batch/check_networks.h"
#include "batch/plan.h"
#include "batch/plan_text.h"
#include "batch/resume.h"
#include "fixture.h"

using namespace redraw;
using batch_test::Folder;

namespace {

/// A safetensors file of f32 zeros; `byte` tells two of one shape apart.
std::string file_of(const std::vector<std::pair<std::string, std::vector<std::size_t>>>& shapes, char byte = '\0') {
  nlohmann::json header;
  std::size_t end = 0;
  for (const auto& [key, shape] : shapes) {
    std::size_t size = 4;
    for (const std::size_t side : shape) size *= side;
    header[key] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {end, end + size}}};
    end += size;
  }
  const std::string text = header.dump();
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(text.size() & 255);
  bytes[1] = static_cast<char>(text.size() >> 8);
  return bytes + text + std::string(end, byte);
}

struct World {
  Folder folder;
  Recipe recipe;

  World() {
    recipe.model = folder.write("model.safetensors",
                                file_of({{"model.diffusion_model.input_blocks.0.0.weight", {1, 4, 1, 1}},
                                         {"cond_stage_model.transformer.text_model.final_layer_norm.weight", {64}}}));
    recipe.embeddings_dir = folder.text("emb");
    add("ink-style", 64);
    add("deep/neg", 64);
  }
  std::string add(const std::string& name, std::size_t width) const {
    return folder.write("emb/" + name + ".safetensors", file_of({{"emb_params", {2, width}}}));
  }
  EmbeddingFinder finder() const { return {recipe, recipe.model}; }
  std::string names(const std::string& prompt, const std::string& negative = "") {
    recipe.prompt = prompt;
    recipe.negative_prompt = negative;
    std::string text;
    for (const EmbeddingUse& use : finder().embeddings_of(recipe)) text += use.name + " ";
    return text;
  }
  std::string message(const std::string& prompt) {
    try {
      return "found " + names(prompt);
    } catch (const Error& error) {
      return error.message();
    }
  }
};

}  // namespace

TEST_CASE("embeddings: words are found in editing, composition, weights and the negative prompt, each once",
          "[batch]") {
  World world;
  CHECK(world.names("a lake in INK-Style") == "ink-style ");
  CHECK(world.names("[cat:(ink-style:1.2):0.5] ink-style", "neg") == "neg ink-style ");
  CHECK(world.names("a AND neg:0.5") == "neg ");
  CHECK(world.names("ink-styles negs <lora:neg:1>").empty());
  world.recipe.emphasis = Emphasis::kNone;
  CHECK(world.names("(ink-style)") == "ink-style ");
}

TEST_CASE("embeddings: one for another checkpoint stays text and is named, with strict it is an error", "[batch]") {
  World world;
  world.add("wide", 128);
  world.recipe.prompt = "wide wide";
  EmbeddingFinder finder = world.finder();
  CHECK(finder.embeddings_of(world.recipe).empty());
  CHECK(finder.embeddings_of(world.recipe).empty());
  const auto notes = finder.take_notes();
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], Catch::Contains("wide.safetensors") && Catch::Contains("read as text"));
  world.add("other/wide", 64);
  CHECK(world.names("wide") == "wide ");  // the one that fits
  std::filesystem::remove(world.folder / "emb/other/wide.safetensors");
  world.recipe.strict = true;
  CHECK_THAT(world.message("wide"), Catch::Contains("--strict"));
}

TEST_CASE("embeddings: broken and ambiguous files are errors when they are named, and only then", "[batch]") {
  World world;
  world.folder.write("emb/broken.pt", "PK\x03\x04");
  world.add("other/ink-style", 64);
  CHECK(world.message("neg") == "found neg ");
  CHECK_THAT(world.message("broken"), Catch::Contains("broken.pt"));
  CHECK_THAT(world.message("ink-style"), Catch::Contains("more than one") && Catch::Contains("other"));
  world.recipe.embeddings_dir = world.folder.text("none");
  CHECK_THAT(world.message("neg"), Catch::Contains("embeddings_dir takes the folder that embeddings lie in"));
}

TEST_CASE("embeddings: the plan says which a picture uses, and its key counts the file", "[batch]") {
  World world;
  world.recipe.inputs = {world.folder.picture("a.png")};
  world.recipe.output = world.folder.text("out");
  world.recipe.prompt = "ink-style";
  const Plan plan = make_plan(world.recipe);
  REQUIRE(plan.jobs.size() == 1);
  const std::vector<EmbeddingUse> expected = {{"ink-style", world.folder / "emb/ink-style.safetensors"}};
  CHECK(plan.jobs[0].embeddings == expected);
  CHECK_THAT(plan_as_text(world.recipe, plan), Catch::Contains("embedding ink-style from "));
  CHECK(nlohmann::json::parse(plan_as_json(world.recipe, plan)).at("jobs")[0].at("embeddings")[0].at("name") ==
        "ink-style");
  const auto key = [&] {
    FileHashes hashes;
    return planned_key(plan.jobs[0], hashes);
  };
  const std::string before = key();
  CHECK(key() == before);
  world.folder.write("emb/ink-style.safetensors", file_of({{"emb_params", {2, 64}}}, '\1'));
  CHECK(key() != before);
}

TEST_CASE("check networks: a LoRA that is not there and an embedding that is broken, of any stage", "[batch]") {
  World world;
  world.folder.write("emb/broken.pt", "PK\x03\x04");
  CHECK(check_networks(world.recipe).empty());
  world.recipe.prompt = "broken <lora:nowhere:1>";
  const auto errors = check_networks(world.recipe);
  REQUIRE(errors.size() == 2);
  CHECK_THAT(errors[0].message(), Catch::Contains("there is no LoRA \"nowhere\""));
  CHECK_THAT(errors[1].message(), Catch::Contains("broken.pt"));
  world.recipe.prompt = "a lake";
  world.recipe.stages = {{{"prompt", {"broken"}, "r.yaml:1:1", {}}}};
  CHECK(check_networks(world.recipe).size() == 1);
  world.recipe.stages.clear();
  world.recipe.sweep = {{"prompt", {"a lake", "broken", "<lora:nowhere:1>"}, "r.yaml:1:1", {}},
                        {"steps", {"5", "6"}, "r.yaml:2:1", {}}};
  CHECK(check_networks(world.recipe).size() == 2);
}
