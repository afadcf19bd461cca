// Recipe files: layers, paths, round trips.
#include "recipe/yaml.h"

#include <unistd.h>

#include <fstream>
#include <regex>
#include <sstream>

#include <catch2/catch.hpp>

using namespace redraw;
namespace fs = std::filesystem;
using Words = std::vector<std::string>;

namespace {

/// A folder of recipes that goes away with the object.
struct Recipes {
  fs::path folder;
  Recipes() {
    std::string pattern = (fs::temp_directory_path() / "redraw_yaml_XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
  }
  ~Recipes() {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  Recipes(const Recipes&) = delete;
  Recipes& operator=(const Recipes&) = delete;

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder / name).parent_path());
    std::ofstream(folder / name) << text;
  }
  Recipe load(const std::string& name, std::vector<Error>& errors) const {
    Recipe recipe;
    for (auto& layer : read_recipe(folder / name, errors))
      for (const Error& error : apply_settings(recipe, std::move(layer))) errors.push_back(error);
    return recipe;
  }
  Recipe load(const std::string& name) const {
    std::vector<Error> errors;
    Recipe recipe = load(name, errors);
    for (const Error& error : errors) UNSCOPED_INFO(error.message());
    REQUIRE(errors.empty());
    return recipe;
  }
  std::string path(const std::string& name) const { return (folder / name).string(); }
};

Recipe unusual() {
  Recipe recipe;
  recipe.inputs = {"/pictures/a \"b\".png", "/pictures/\xC3\xA4, b"};
  recipe.output = "/out/x: y";
  recipe.prompt = "@ # a \"lake\": [x], {y}\n\ttwo lines \\ 'z'";
  recipe.negative_prompt = "null";
  recipe.resize_mode = ResizeMode::kFill;
  recipe.width = 640;
  recipe.mask_blur_x = 7;
  recipe.inpaint_area = InpaintArea::kOnlyMasked;
  recipe.denoise = 0.1 + 0.2;
  recipe.exact_steps = true;
  recipe.scheduler = "karras";
  recipe.seed = 4294967295;
  return recipe;
}

}  // namespace

TEST_CASE("yaml: Recipe -> YAML -> Recipe -> YAML is the same", "[recipe][property]") {
  const Recipes recipes;
  const bool all = GENERATE(false, true);
  Recipe recipe = unusual();
  if (all) recipe.model = "/models/a.safetensors";
  const std::string text = write_recipe(recipe, all);
  recipes.write("a.yaml", text);
  const Recipe again = recipes.load("a.yaml");
  CHECK(again.prompt == recipe.prompt);
  CHECK(again.negative_prompt == "null");
  CHECK(again.inputs == recipe.inputs);
  CHECK(again.denoise == recipe.denoise);
  CHECK(again.seed == recipe.seed);
  CHECK(again.mask_blur_y == 4);
  CHECK(write_recipe(again, all) == text);
}

TEST_CASE("yaml: a default recipe is written as nothing", "[recipe]") {
  CHECK(write_recipe(Recipe{}).empty());
}

TEST_CASE("yaml: extends comes first, its own lines win, each path starts from its own file", "[recipe]") {
  const Recipes recipes;
  recipes.write("base/base.yaml", "steps: 5\ndenoise: 0.2\nmask: masks/a.png\noutput: out\n");
  recipes.write("other.yaml", "denoise: 0.3\n");
  recipes.write("fix.yaml", "steps: 9\nextends: [base/base.yaml, other.yaml]\ninputs: [in, ../x.png, /abs.png]\n");
  const Recipe recipe = recipes.load("fix.yaml");
  CHECK(recipe.steps == 9);
  CHECK(recipe.denoise == 0.3);
  CHECK(recipe.mask == recipes.path("base/masks/a.png"));
  CHECK(recipe.output == recipes.path("base/out"));
  CHECK(recipe.inputs == Words{recipes.path("in"), (recipes.folder.parent_path() / "x.png").string(), "/abs.png"});
  CHECK(recipe.origins.at("steps") == recipes.path("fix.yaml:1:8"));
  CHECK(recipe.origins.at("mask") == recipes.path("base/base.yaml:3:7"));
}

TEST_CASE("yaml: a scale in the recipe drops the size of what it extends", "[recipe]") {
  const Recipes recipes;
  recipes.write("base.yaml", "size: 64x32\n");
  recipes.write("fix.yaml", "extends: base.yaml\nscale: 2\n");
  const Recipe recipe = recipes.load("fix.yaml");
  CHECK(recipe.scale == 2.0);
  CHECK_FALSE(recipe.width);
}

TEST_CASE("yaml: a model beside the recipe or with a folder is a path, else a name", "[recipe]") {
  const Recipes recipes;
  recipes.write("a.safetensors", "");
  recipes.write("beside.yaml", "model: a.safetensors\n");
  recipes.write("name.yaml", "model: b.safetensors\n");
  recipes.write("path.yaml", "model: models/b.safetensors\n");
  CHECK(recipes.load("beside.yaml").model == recipes.path("a.safetensors"));
  CHECK(recipes.load("name.yaml").model == "b.safetensors");
  CHECK(recipes.load("path.yaml").model == recipes.path("models/b.safetensors"));
}

TEST_CASE("yaml: a prompt file stands beside the recipe, @@ is one @", "[recipe]") {
  const Recipes recipes;
  recipes.write("prompt.txt", "a lake\nat night\n\n");
  recipes.write("a.yaml", "prompt: \"@prompt.txt\"\nnegative_prompt: \"@@home\"\n");
  CHECK(recipes.load("a.yaml").prompt == "a lake\nat night");
  CHECK(recipes.load("a.yaml").negative_prompt == "@home");
}

TEST_CASE("yaml: null unsets what may be unset and is refused elsewhere", "[recipe]") {
  const Recipes recipes;
  recipes.write("base.yaml", "size: 64x32\nprompt: a\nmask: m.png\n");
  recipes.write("a.yaml", "extends: base.yaml\nsize:\nprompt: ~\nmask: null\n");
  const Recipe recipe = recipes.load("a.yaml");
  CHECK_FALSE(recipe.width);
  CHECK(recipe.prompt.empty());
  CHECK(recipe.mask.empty());
  std::vector<Error> errors;
  recipes.write("b.yaml", "steps:\ndenoise: 0.5\n");
  recipes.load("b.yaml", errors);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].what() == std::string("steps has no value"));
  CHECK(errors[0].where() == recipes.path("b.yaml:1:1"));
}

TEST_CASE("yaml: an alias and its key are the same setting", "[recipe]") {
  const Recipes recipes;
  recipes.write("a.yaml", "strength: 0.2\ncfg: 3\n");
  CHECK(recipes.load("a.yaml").denoise == 0.2);
  std::vector<Error> errors;
  recipes.write("b.yaml", "strength: 0.2\ndenoise: 0.3\n");
  recipes.load("b.yaml", errors);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].what() == std::string("denoise is given twice"));
}

TEST_CASE("yaml: a file without settings changes nothing", "[recipe]") {
  const Recipes recipes;
  recipes.write("a.yaml", GENERATE("", "# nothing\n", "---\n", "{}\n", "...\n"));
  CHECK(write_recipe(recipes.load("a.yaml")).empty());
}

TEST_CASE("yaml: configs/default.yaml changes nothing, as it is and with every line in force", "[recipe][table]") {
  std::ostringstream text;
  text << std::ifstream(REDRAW_SOURCE_DIR "/configs/default.yaml").rdbuf();
  const Recipes recipes;
  recipes.write("as_is.yaml", text.str());
  CHECK(write_recipe(recipes.load("as_is.yaml")).empty());

  std::string in_force = std::regex_replace(text.str(), std::regex("\n#extends: [^\n]*"), "");
  in_force = std::regex_replace(in_force, std::regex("\n#(stages|sweep):(\n#  [^\n]*)*"), "");  // structures, no values
  in_force = std::regex_replace(in_force, std::regex("\n#([a-z0-9_]+:)"), "\n$1");
  recipes.write("in_force.yaml", in_force);
  Recipe recipe = recipes.load("in_force.yaml");
  CHECK(recipe.origins.size() == options().size());
  CHECK(recipe.output == recipes.path("redrawn"));  // a path starts from the recipe's folder
  recipe.output = Recipe{}.output;
  CHECK(write_recipe(recipe).empty());
}

TEST_CASE("recipe: soft_inpainting takes a switch or its numbers as a map", "[recipe]") {
  const Recipes recipes;
  recipes.write("map.yaml", "soft_inpainting:\n  schedule_bias: 2\n  difference_contrast: 3\n");
  const Recipe map = recipes.load("map.yaml");
  CHECK(map.soft_inpainting);
  CHECK(map.soft.schedule_bias == 2);
  CHECK(map.soft.difference_contrast == 3);
  CHECK(map.soft.preservation_strength == 0.5);
  recipes.write("switch.yaml", "soft_inpainting: true\nsoft_inpainting_mask_influence: 1\n");
  CHECK(recipes.load("switch.yaml").soft.mask_influence == 1);
  recipes.write("wrong.yaml", "soft_inpainting:\n  schedule_bias: 9\n  bias: 1\n");
  std::vector<Error> errors;
  recipes.load("wrong.yaml", errors);
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].where().find("wrong.yaml:2:") != std::string::npos);
}

TEST_CASE("yaml: loras as texts and as maps are one kind of list", "[recipe]") {
  const Recipes recipes;
  recipes.write("r.yaml",
                "loras:\n  - ink\n  - night:0.5\n  - {name: fog, weight: 0.8}\n  - {file: far/snow.safetensors, te: "
                "0.2, unet: 1}\n  - {name: rain, unet: 0.4}\n");
  CHECK(recipes.load("r.yaml").loras ==
        Words{"ink", "night:0.5", "fog:0.8", recipes.path("far/snow.safetensors") + ":0.2:1", "rain:1:0.4"});
  for (const char* wrong :
       {"[{weight: 1}]", "[{name: a, color: red}]", "[[a]]", "[\"ink:strong\"]", "[{name: \"a:b\"}]", "[\"\"]"}) {
    INFO(wrong);
    recipes.write("wrong.yaml", std::string("loras: ") + wrong + "\n");
    std::vector<Error> errors;
    recipes.load("wrong.yaml", errors);
    CHECK(errors.size() == 1);
  }
}

TEST_CASE("read_recipe: a pipe is read like a file", "[recipe]") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(::write(ends[1], "steps: 3\n", 9) == 9);
  ::close(ends[1]);
  std::vector<Error> errors;
  const auto layers = read_recipe("/proc/self/fd/" + std::to_string(ends[0]), errors);
  ::close(ends[0]);
  CHECK(errors.empty());
  REQUIRE(layers.size() == 1);
  CHECK(layers[0].size() == 1);
}
