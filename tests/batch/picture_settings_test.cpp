// Picture settings: precedence of all layers, the input's own infotext, and what may never leave the output folder.
#include "batch/picture_settings.h"

#include <catch2/catch.hpp>

#include "batch/batches.h"
#include "batch/plan.h"
#include "fixture.h"

namespace redraw {
namespace {

using batch_test::Folder;
using Catch::Contains;

constexpr const char* kInfotext =
    "inner\nNegative prompt: worse\nSteps: 33, Sampler: Euler a, CFG scale: 3.5, Seed: 77, Size: 8x8, RNG: CPU";

Recipe recipe_in(const Folder& folder, std::vector<std::string> inputs) {
  Recipe recipe;
  recipe.inputs = std::move(inputs);
  recipe.output = folder.text("out");
  recipe.model = folder.write("model.safetensors", "x");
  recipe.prompt = "base";
  recipe.seed = 7;
  return recipe;
}

std::string with_infotext(const Folder& folder, const std::string& name, const std::string& text = kInfotext) {
  return folder.picture(name, Image(16, 16, 3), {{"parameters", text}});
}

std::string first_error(const Plan& plan) {
  if (!plan.errors.empty()) return plan.errors[0].message();
  return plan.failures.empty() ? "none" : plan.failures[0].error.message();
}

TEST_CASE("layers: recipe < infotext < prompt file < sidecar < manifest < command line") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {with_infotext(folder, "a.png"), folder.picture("b.png")});
  recipe.steps = 9;
  recipe.png_info = {"Steps", "cfg_scale"};
  folder.write("a.redraw.yaml", "cfg_scale: 4\ndenoise: 0.5\nprompt: from the sidecar\n");
  recipe.manifest = folder.write("list.csv", "path,denoise,clip_skip,sampler\na.png,0.6,2,Euler a\n");
  recipe.flags = {{"clip_skip", {"3"}, "--clip-skip", {}}};
  recipe.clip_skip = 3;
  recipe.origins["clip_skip"] = "--clip-skip";
  const Plan plan = make_plan(recipe);
  INFO(first_error(plan));
  REQUIRE(plan.jobs.size() == 2);
  const Recipe& a = plan.jobs[0].recipe;
  CHECK(a.steps == 33);
  CHECK(a.cfg_scale == 4);
  CHECK(a.denoise == 0.6);
  CHECK(a.clip_skip == 3);
  CHECK(a.sampler == "euler_a");
  CHECK(a.prompt == "from the sidecar");
  CHECK(plan.jobs[0].steps_run == 20);  // int(0.6 x 33) + 1
  CHECK_THAT(plan.jobs[0].own, Contains("steps 33") && Contains("denoise 0.6") && !Contains("clip_skip"));
  CHECK(plan.jobs[1].recipe.steps == 9);
  CHECK(plan.jobs[1].recipe.prompt == "base");
  CHECK(plan.jobs[1].own.empty());
  CHECK(a.manifest.empty());  // the job's recipe gives this one picture again, without looking anything up
  CHECK_FALSE(a.sidecars);
}

TEST_CASE("layers: pictures whose settings differ never share a call of the model; prompts may") {
  const Folder folder;
  for (const char* name : {"a.png", "b.png", "c.png", "d.png"}) folder.picture(name);
  Recipe recipe = recipe_in(folder, {});
  recipe.manifest =
      folder.write("list.csv", "path,prompt,denoise\na.png,one,\nb.png,two,\nc.png,three,0.3\nd.png,four,0.3\n");
  const Plan plan = make_plan(recipe);
  INFO(first_error(plan));
  REQUIRE(plan.jobs.size() == 4);  // without inputs the manifest's pictures are the inputs
  using Batches = std::vector<std::vector<std::size_t>>;
  CHECK(make_batches(plan.jobs, [](Size) { return 8; }) == Batches{{0, 1}, {2, 3}});
}

TEST_CASE("a seed of a picture's own is taken as it is, and variants count on from it") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png"), folder.picture("b.png"), folder.picture("c.png")});
  recipe.count = 2;
  recipe.manifest =
      folder.write("list.jsonl", "{\"path\": \"b.png\", \"seed\": 100}\n{\"path\": \"c.png\", \"denoise\": 0.5}\n");
  std::vector<std::int64_t> seeds;
  for (const Job& job : make_plan(recipe).jobs) seeds.push_back(job.seed);
  CHECK(seeds == std::vector<std::int64_t>{7, 8, 100, 101, 11, 12});
}

TEST_CASE("{source.prompt} is the prompt in the input's own infotext; a picture without one fails alone") {
  const Folder folder;
  Recipe recipe =
      recipe_in(folder, {with_infotext(folder, "a.png", "@/etc/passwd # no comment\nSteps: 1, Seed: 2, Size: 8x8"),
                         folder.picture("b.png")});
  recipe.prompt = "x, {source.prompt}, {source.prompt}";
  recipe.negative_prompt = "[{source.negative_prompt}]";
  const Plan plan = make_plan(recipe);
  REQUIRE(plan.jobs.size() == 1);
  CHECK(plan.jobs[0].recipe.prompt == "x, @/etc/passwd \n");
  CHECK(plan.jobs[0].recipe.negative_prompt == "[]");
  REQUIRE(plan.failures.size() == 1);
  CHECK_THAT(first_error(plan), Contains("b.png\" does not say which prompt"));
  recipe.prompt = "{source.seed}";
  CHECK_THAT(first_error(make_plan(recipe)), Contains("{source.seed}") && Contains("{source.negative_prompt}"));
}

TEST_CASE("png_info appends prompts and replaces the rest, also under a prompt of the command line") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {with_infotext(folder, "a.png")});
  recipe.png_info = {"Prompt", "negative_prompt", "Sampler"};
  recipe.flags = {{"prompt", {"base"}, "-p", {}}};
  const Plan plan = make_plan(recipe);
  INFO(first_error(plan));
  REQUIRE(plan.jobs.size() == 1);
  CHECK(plan.jobs[0].recipe.prompt == "base inner");
  CHECK(plan.jobs[0].recipe.negative_prompt == "worse");
  CHECK(plan.jobs[0].recipe.sampler == "euler_a");
  recipe.png_info = {"Model"};
  CHECK_THAT(first_error(make_plan(recipe)), Contains("png_info cannot be \"Model\""));
  recipe.png_info = {"Steps"};
  recipe.inputs.push_back(with_infotext(folder, "bad.png", "x\nSteps: 900, Seed: 1, Size: 8x8"));
  const Plan bad = make_plan(recipe);  // what stands in a picture spoils that picture alone
  CHECK(bad.errors.empty());
  CHECK(bad.failures.size() == 1);
}

TEST_CASE("prompt_from: sidecar reads name.txt as it is, and misses none in silence") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png")});
  recipe.prompt_from = PromptFrom::kSidecar;
  CHECK_THAT(first_error(make_plan(recipe)), Contains("there is no prompt for") && Contains("a.txt"));
  folder.write("a.txt", "\xEF\xBB\xBF@home, \xE6\xB9\x96 \xF0\x9F\x8C\x8A\r\n");
  const Plan plan = make_plan(recipe);
  INFO(first_error(plan));
  REQUIRE(plan.jobs.size() == 1);
  CHECK(plan.jobs[0].recipe.prompt == "@home, \xE6\xB9\x96 \xF0\x9F\x8C\x8A");
  folder.write("a.txt", std::string("a\0b", 3));
  CHECK_THAT(first_error(make_plan(recipe)), Contains("NUL"));
}

TEST_CASE("styles stand around the prompt once, before comments are taken out") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png"), folder.picture("b.png")});
  recipe.prompt = "cat";
  recipe.styles = {"photo"};
  recipe.styles_file = folder.write(
      "styles.csv", "name,prompt,negative_prompt\nphoto,\"photo of {prompt}, 35mm # not this\",blurry\nink,ink,\n");
  folder.write("b.redraw.yaml", "styles: [ink]\n");
  const Plan plan = make_plan(recipe);
  INFO(first_error(plan));
  REQUIRE(plan.jobs.size() == 2);
  CHECK(plan.jobs[0].recipe.prompt == "photo of cat, 35mm \n");
  CHECK(plan.jobs[0].recipe.negative_prompt == "blurry");
  CHECK(plan.jobs[0].recipe.styles.empty());
  CHECK(plan.jobs[1].recipe.prompt == "cat, ink");
  recipe.styles = {"fotoo"};
  CHECK_THAT(first_error(make_plan(recipe)), Contains("unknown style \"fotoo\"") && Contains("photo"));
}

TEST_CASE("mistakes of sidecars and manifests stop the run before anything is made, all at once") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png"), folder.picture("b.png")});
  folder.write("a.redraw.yaml", "denoise: 7\noutput: /tmp/elsewhere\nstepz: 3\n");
  recipe.manifest = folder.write("list.csv", "path,steps\nb.png,0\nnowhere.png,3\n");
  const Plan plan = make_plan(recipe);
  std::string all;
  for (const Error& error : plan.errors) all += error.message() + "\n";
  CHECK_THAT(all, Contains("denoise cannot be \"7\"") && Contains("a.redraw.yaml:1:10") &&
                      Contains("output is for the whole run") && Contains("unknown setting \"stepz\"") &&
                      Contains("steps cannot be \"0\"") && Contains("list.csv:2"));
  recipe.manifest = folder.write("list.csv", "path,steps\nnowhere.png,3\n");
  std::filesystem::remove(folder / "a.redraw.yaml");
  CHECK(make_plan(recipe).notes.size() == 1);
  recipe.strict = true;
  CHECK_THAT(first_error(make_plan(recipe)), Contains("nowhere.png\" of the manifest is none of the inputs"));
  recipe.inputs.clear();
  CHECK_THAT(first_error(make_plan(recipe)), Contains("nowhere.png"));
}

TEST_CASE("masks of a folder: its one file for all, of several the one of the stem, else the picture fails alone") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png"), folder.picture("b.png")});
  recipe.mask = folder.text("masks");
  folder.picture("masks/a.png");
  CHECK(make_plan(recipe).jobs.size() == 2);
  folder.picture("masks/c.png");
  folder.write("masks/notes.txt", "x");
  const Plan plan = make_plan(recipe);
  REQUIRE(plan.jobs.size() == 1);
  CHECK(plan.jobs[0].mask_path == folder / "masks/a.png");
  CHECK_THAT(first_error(plan), Contains("no mask for") && Contains("b.png"));
}

TEST_CASE("nothing leads out of the output folder: names of pictures, words, patterns and links") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("in/...png")});  // its stem is ".."
  recipe.name = "[stem]/x.png";
  CHECK_THAT(first_error(make_plan(recipe)), Contains("lies outside the output folder"));
  recipe.inputs = {with_infotext(folder, "in/a.png", "../../../x\nSteps: 1, Seed: 2, Size: 8x8")};
  recipe.name = "../[stem].png";
  CHECK_THAT(first_error(make_plan(recipe)), Contains("leaves the output folder"));
  std::filesystem::create_directories(folder / "out");
  std::filesystem::create_directory_symlink(folder / "in", folder / "out/link");
  recipe.name = "link/new.png";
  CHECK_THAT(first_error(make_plan(recipe)), Contains("lies outside the output folder"));
  recipe.name = "[stem]-[prompt]-[prompt_spaces].png";
  recipe.prompt = "{source.prompt}";
  const Plan plan = make_plan(recipe);
  INFO(first_error(plan));
  REQUIRE(plan.jobs.size() == 1);
  CHECK(plan.jobs[0].output_path == folder / "out/a-.._.._.._x-.._.._.._x.png");
}

TEST_CASE("words of the prompt in names are those of A1111, safe and not too long") {
  const Folder folder;
  Recipe recipe = recipe_in(folder, {folder.picture("a.png")});
  recipe.prompt = " (a red-ish boat:1.2), \"lake\"/sea? one two three four five six seven ...";
  const auto name_of = [&](const char* name) {
    recipe.name = name;
    const Plan plan = make_plan(recipe);
    return plan.jobs.empty() ? first_error(plan) : plan.jobs[0].output_path.stem().string();
  };
  CHECK(name_of("[prompt_words].png") == "a red ish boat 1 2 lake sea");
  CHECK(name_of("[prompt_spaces].png") == "(a red-ish boat_1.2), _lake__sea_ one two three four five six seven");
  CHECK(name_of("[prompt].png") == "_(a_red-ish_boat_1.2),__lake__sea__one_two_three_four_five_six_seven_");
  recipe.prompt = "abc";
  CHECK(name_of("[prompt_hash].png") == "ba7816bf");
  recipe.prompt = std::string(300, 'x');
  CHECK(name_of("[prompt].png") == std::string(128, 'x'));
  recipe.prompt = "...";
  CHECK(name_of("[prompt_words].png") == "empty");
}

}  // namespace
}  // namespace redraw
