// Tests of batch/loras: what a name stands for, and what is said where it stands for nothing.
#include "batch/loras.h"

#include <catch2/catch.hpp>

#include "batch/batches.h"
#include "batch/plan.h"
#include "fixture.h"

using namespace redraw;
using batch_test::Folder;

namespace {

/// A safetensors file without tensors; alias: "ss_output_name" of its metadata.
std::string lora_file(const std::string& alias = "") {
  const std::string header = alias.empty() ? "{}" : R"({"__metadata__":{"ss_output_name":")" + alias + "\"}}";
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(header.size());
  return bytes + header;
}

Recipe recipe_with(const Folder& folder) {
  Recipe recipe;
  recipe.lora_dir = folder.text("lora");
  return recipe;
}

std::string message_of(const Recipe& recipe, const std::string& prompt) {
  try {
    LoraFinder(recipe).loras_of(prompt);
    return "found";
  } catch (const Error& error) {
    return error.message();
  }
}

}  // namespace

TEST_CASE("loras: a name is a file's stem at any depth, else the name in its metadata, else a path", "[batch]") {
  const Folder folder;
  const std::string ink = folder.write("lora/style/ink.safetensors", lora_file("Black Ink"));
  const std::string night = folder.write("lora/night.pt", "x"), far = folder.write("far/away.safetensors", lora_file());
  const Recipe recipe = recipe_with(folder);
  LoraFinder finder(recipe);
  const auto loras =
      finder.loras_of("a <lora:ink:0.8>, b <lyco:Black Ink:0.5:0.2><lora:night:dyn=4> <lora:" + far + ">");
  REQUIRE(loras.size() == 4);
  CHECK(loras[0] == LoraUse{"ink", ink, 0.8, 0.8});
  CHECK(loras[1] == LoraUse{"Black Ink", ink, 0.5, 0.2});
  CHECK(loras[2] == LoraUse{"night", night, 1, 1, 4});
  CHECK(loras[3].path == far);
}

TEST_CASE("loras: those of the setting come after the prompt's, which win", "[batch]") {
  const Folder folder;
  folder.write("lora/ink.safetensors", lora_file());
  folder.write("lora/night.safetensors", lora_file());
  Recipe recipe = recipe_with(folder);
  recipe.loras = {"ink:0.3", folder.text("lora/night.safetensors") + ":0.5:1"};
  const auto loras = LoraFinder(recipe).loras_of("<lora:ink:0.8>");
  REQUIRE(loras.size() == 2);
  CHECK(loras[0].text_weight == 0.8);
  CHECK(loras[1].name == "night");
  CHECK(loras[1].unet_weight == 1);
  CHECK_FALSE(loras[1].in_prompt);
}

TEST_CASE("loras: a miss names the nearest, two of one name and other networks are refused", "[batch]") {
  const Folder folder;
  folder.write("lora/ink_style.safetensors", lora_file());
  folder.write("lora/a/twice.safetensors", lora_file());
  folder.write("lora/b/twice.safetensors", lora_file());
  folder.write("lora/odd.safetensors", "no header");
  const Recipe recipe = recipe_with(folder);
  CHECK_THAT(message_of(recipe, "<lora:ink_stile:1>"),
             Catch::Contains("there is no LoRA \"ink_stile\"") && Catch::Contains("did you mean \"ink_style\"?"));
  CHECK_THAT(message_of(recipe, "<lora:twice:1>"),
             Catch::Contains("more than one") && Catch::Contains("a/twice") && Catch::Contains("b/twice"));
  CHECK_THAT(message_of(recipe, "<hypernet:x:1>"), Catch::Contains("\"<hypernet:x:1>\""));
  CHECK_THAT(message_of(recipe, "<lora:x:strong>"), Catch::Contains("\"strong\" is no number"));
  Recipe nowhere = recipe;
  nowhere.lora_dir = folder.text("none");
  CHECK_THAT(message_of(nowhere, "<lora:x>"), Catch::Contains("there is no folder"));
  CHECK(message_of(nowhere, "a < b > c") == "found");
}

TEST_CASE("batches: pictures with different LoRAs do not share a model call", "[batch]") {
  std::vector<Job> jobs(4);
  for (Job& job : jobs) job.work_size = job.source_size = job.target_size = {64, 64};
  jobs[1].loras = {{"ink", "ink.safetensors", 0.8, 0.8}};
  jobs[2].loras = {{"ink", "ink.safetensors", 0.5, 0.8}};
  const auto batches = make_batches(jobs, [](Size) { return 8; });
  CHECK(batches == std::vector<std::vector<std::size_t>>{{0, 3}, {1}, {2}});
}
