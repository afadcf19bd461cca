// Sweeps: their ways to be written, the cells that they make, and everything that they may not say.
#include "recipe/sweep.h"

#include <catch2/catch.hpp>

#include "recipe/options.h"
#include "recipe/yaml.h"
#include "support/errors.h"
#include "support/temp_folder.h"

namespace redraw {
namespace {

using Catch::Contains;
using Texts = std::vector<std::string>;

/// The recipe of a file, and flags over it; every error, as text.
struct Read {
  Recipe recipe;
  std::vector<SweepAxis> axes;
  std::string errors;

  explicit Read(const std::string& yaml, std::vector<Setting> flags = {}) {
    const test::TempFolder folder;
    folder.write("base.yaml", "denoise: 0.2\nsweep: {steps: [5, 6]}\n");
    std::vector<Error> found;
    for (auto& layer : read_recipe(folder.write("r.yaml", yaml), found))
      add(found, apply_settings(recipe, std::move(layer)));
    add(found, apply_settings(recipe, std::move(flags)));
    std::vector<Error> told_before;
    axes = sweep_axes(recipe, told_before);
    for (const Error& error : found) errors += error.message() + "\n";
  }
  Texts texts(std::size_t axis) const {
    Texts all;
    for (const SweepValue& value : axes.at(axis).values) all.push_back(value.text);
    return all;
  }
  Texts names(std::size_t axis) const {
    Texts all;
    for (const SweepValue& value : axes.at(axis).values) all.push_back(value.name);
    return all;
  }
  Recipe cell(std::size_t place) const {
    std::vector<Error> wrong;
    Recipe own = cell_recipe(recipe, axes, place, wrong);
    CHECK(wrong.empty());
    return own;
  }

 private:
  static void add(std::vector<Error>& all, const std::vector<Error>& more) {
    all.insert(all.end(), more.begin(), more.end());
  }
};

Setting flag(const std::string& axis) { return {"sweep", {}, "--sweep", {}, {{*read_axis(axis, "--sweep")}}}; }

TEST_CASE("an axis is a list, a range, or a list with ranges in it", "[recipe]") {
  const Read read(
      "sweep:\n  denoise: 0.2..0.4 step 0.1\n  sampler: [euler, DPM++ 2M]\n  steps: [20, 5..7]\n  tiling: [false, "
      "true]\n");
  CHECK(read.errors.empty());
  REQUIRE(read.axes.size() == 4);
  CHECK(read.texts(0) == Texts{"0.2", "0.3", "0.4"});
  CHECK(read.texts(1) == Texts{"euler", "DPM++ 2M"});
  CHECK(read.names(1) == Texts{"euler", "DPM++_2M"});
  CHECK(read.texts(2) == Texts{"20", "5", "6", "7"});
  CHECK(count_cells(read.axes) == 3 * 2 * 4 * 2);
}

TEST_CASE("cells are the product, the first axis fastest, named by their values", "[recipe]") {
  const Read read("denoise: 0.9\nsteps: 3\nsweep: {denoise: [0.2, 0.4], cfg: [1, 5, 7]}\n");
  REQUIRE(count_cells(read.axes) == 6);
  CHECK(read.cell(0).denoise == 0.2);
  CHECK(read.cell(1).denoise == 0.4);
  CHECK(read.cell(1).cfg_scale == 1);
  CHECK(read.cell(2).cfg_scale == 5);
  CHECK(read.cell(5).cfg_scale == 7);
  CHECK(read.cell(5).steps == 3);
  CHECK(read.cell(5).sweep.empty());
  CHECK(cell_label(read.axes, 5) == "denoise 0.4, cfg_scale 7");
  CHECK(cell_suffix(read.axes, 5) == "_denoise-0.4_cfg_scale-7");
}

TEST_CASE("a cell's values win over a picture's own, so they stand among the flags", "[recipe]") {
  const Read read("sweep: {denoise: [0.2], model: [a.safetensors]}\n");
  const Recipe cell = read.cell(0);
  REQUIRE(cell.flags.size() == 1);  // no picture has a model of its own
  CHECK(cell.flags[0].key == "denoise");
}

TEST_CASE("prompts are values as a whole, or search and replace as a map or as A1111's list", "[recipe]") {
  const Read whole("sweep: {prompt: [a lake, 'a boat, still']}\n");
  CHECK(whole.cell(1).prompt == "a boat, still");
  const Read map("prompt: a lake by a lake\nnegative_prompt: no lake\nsweep: {prompt: {lake: [river, sea]}}\n");
  CHECK(map.errors.empty());
  REQUIRE(count_cells(map.axes) == 2);
  Recipe river = map.cell(0);
  CHECK_FALSE(replace_words(river));
  CHECK(river.prompt == "a river by a river");
  CHECK(river.negative_prompt == "no river");
  CHECK(river.search_replace.empty());
  CHECK_FALSE(replace_words(river));  // once
  CHECK(cell_suffix(map.axes, 1) == "_lake-sea");
  const Read list("prompt: a lake\nsweep: {prompt_sr: [lake, river, sea]}\n");
  CHECK(list.texts(0) == Texts{"lake", "river", "sea"});
  const Read two("prompt: a red boat\nsweep: {prompt: {red: [green, blue], boat: [car]}}\n");
  REQUIRE(count_cells(two.axes) == 2);
  Recipe car = two.cell(1);
  CHECK_FALSE(replace_words(car));
  CHECK(car.prompt == "a blue car");
}

TEST_CASE("a word that stands in no prompt is an error with its place", "[recipe]") {
  Read read("prompt: a lake\nsweep:\n  prompt: {boat: [car]}\n");
  Recipe cell = read.cell(0);
  const auto missing = replace_words(cell);
  REQUIRE(missing);
  CHECK_THAT(missing->message(),
             Contains("does not find \"boat\"") && Contains("r.yaml:3:3") && Contains("prompt \"a lake\""));
}

TEST_CASE("names of values are safe for files and tell the values apart", "[recipe]") {
  const Read read(
      "sweep: {prompt: ['a/b?', 'a b!', '../../x', '', '\xE6\xB9\x96'], model: [m/one.safetensors, n/one.safetensors, "
      "v1.5]}\n");
  CHECK(read.names(0) == Texts{"a_b", "a_b-2", ".._.._x", "none", "\xE6\xB9\x96"});
  CHECK(read.names(1) == Texts{"one", "one-2", "v1.5"});
}

TEST_CASE("where the values would make too long a name, the cell's number does", "[recipe]") {
  const Read read("prompt: one two three four\nsweep:\n  prompt:\n    one: [" + std::string(90, 'a') + "]\n    two: [" +
                  std::string(90, 'b') + "]\n    three: [" + std::string(90, 'c') + "]\n    four: [" +
                  std::string(90, 'd') + ", e]\n");
  CHECK(cell_suffix(read.axes, 0) == "_cell-1");
  CHECK(cell_suffix(read.axes, 1) ==
        "_one-" + std::string(40, 'a') + "_two-" + std::string(40, 'b') + "_three-" + std::string(40, 'c') + "_four-e");
}

TEST_CASE("paths of values start from the recipe's folder", "[recipe]") {
  const Read read("sweep: {mask: [m/a.png, alpha]}\n");
  CHECK(read.cell(0).mask.ends_with("/m/a.png"));
  CHECK(read.cell(0).mask.size() > 7);
  CHECK(read.cell(1).mask == "alpha");
}

TEST_CASE("lists such as loras take one value each, an empty one none", "[recipe]") {
  const Read read("loras: [old]\nsweep: {loras: ['', 'ink:0.8']}\n");
  CHECK(read.errors.empty());
  CHECK(read.cell(0).loras.empty());
  CHECK(read.cell(1).loras == Texts{"ink:0.8"});
}

TEST_CASE("sweeps of flags stand in place of the recipe's, and flags fix a setting", "[recipe]") {
  const std::string yaml = "extends: base.yaml\nsweep: {denoise: [0.2, 0.4], seed: 1..3}\n";
  CHECK(Read(yaml).axes.size() == 2);  // not those of base.yaml
  const Read swept(yaml, {flag("cfg-scale=1,2")});
  REQUIRE(swept.axes.size() == 1);
  CHECK(swept.axes[0].title == "cfg_scale");
  const Read fixed(yaml, {{"denoise", {"0.7"}, "-d", {}}});
  CHECK(fixed.errors.empty());
  REQUIRE(fixed.axes.size() == 1);
  CHECK(fixed.cell(0).denoise == 0.7);
  CHECK(fixed_axes(fixed.recipe) == Texts{"denoise is given as a flag: the sweep over it is left out"});
  CHECK_THAT(Read("", {{"denoise", {"0.7"}, "-d", {}}, flag("denoise=0.1,0.2")}).errors,
             Contains("denoise is given and swept"));
}

TEST_CASE("a flag's values are a row of CSV", "[recipe]") {
  CHECK(read_axis("denoise=0.2..0.6 step 0.1", "")->values == Texts{"0.2..0.6 step 0.1"});
  CHECK(read_axis("sampler = euler, heun", "")->values == Texts{"euler", "heun"});
  CHECK(read_axis("prompt=\"a lake, still\",a sea", "")->values == Texts{"a lake, still", "a sea"});
  CHECK(read_axis("prompt_sr=lake,sea", "")->values == Texts{"lake", "lake", "sea"});
  CHECK_FALSE(read_axis("", ""));
  CHECK(test::error_of([] { read_axis("denoise", "--sweep"); })->where() == "--sweep");
}

TEST_CASE("what a sweep may not say comes at once, with its place", "[recipe]") {
  const Read read(
      "sweep:\n"
      "  denoize: [0.2]\n"
      "  denoise: [0.2, 7, 0.2]\n"
      "  sampler: [eule]\n"
      "  cfg: []\n"
      "  output: [a, b]\n"
      "  seed: [1, -1]\n"
      "  steps: 1..x\n"
      "  cfg_rescale: {a: [1]}\n"
      "  stages: [1]\n"
      "  eta: 0.1..0.5\n"
      "  prompt_st: [a]\n");
  INFO(read.errors);
  for (const char* text :
       {"unknown setting \"denoize\"\n  where: ", "did you mean denoise?", "denoise cannot be \"7\"",
        "the sweep over denoise holds \"0.2\" twice", "unknown sampler \"eule\"", "did you mean \"euler\"?",
        "the sweep over cfg_scale has no value", "output cannot be swept", "the sweep over seed holds -1",
        "\"x\" is no number", "the sweep over cfg_rescale holds a structure", "stages cannot be swept",
        "the sweep over eta: the range \"0.1..0.5\"", "did you mean prompt_sr?", "r.yaml:2:3", "r.yaml:8:3",
        "r.yaml:11:3"})
    CHECK_THAT(read.errors, Contains(text));
}

TEST_CASE("double axes, too many cells, a sweep that is no map", "[recipe]") {
  CHECK_THAT(Read("sweep: {cfg: [1], cfg_scale: [2]}\n").errors, Contains("cfg_scale is swept twice"));
  CHECK_THAT(Read("sweep: {seed: 1..101, steps: 1..100}\n").errors,
             Contains("the sweep has 10100 cells") && Contains("10000 are the most"));
  CHECK(Read("sweep: {seed: 1..100, steps: 1..100}\n").errors.empty());
  CHECK_THAT(Read("sweep: [1, 2]\n").errors, Contains("the sweep is no list of settings"));
  CHECK_THAT(Read("sweeps: {seed: [1]}\n").errors, Contains("did you mean sweep?"));
  CHECK(Read("sweep:\n").axes.empty());
  CHECK_THAT(Read("stages:\n  - sweep: {seed: [1]}\n").errors, Contains("sweep stands in a stage"));
}

TEST_CASE("a sweep comes back out of the recipe that is written", "[recipe]") {
  const std::string yaml = "prompt: \"a lake\"\nsweep: {denoise: 0.2..0.4 step 0.1, prompt: {lake: [\"a, b\", sea]}}\n";
  const Read first(yaml), second(write_recipe(first.recipe));
  REQUIRE(second.errors.empty());
  REQUIRE(second.axes.size() == 2);
  for (std::size_t cell = 0; cell < count_cells(first.axes); ++cell)
    CHECK(cell_label(second.axes, cell) == cell_label(first.axes, cell));
}

TEST_CASE("seeds are drawn for what is not swept", "[recipe]") {
  CHECK(with_swept_seeds(Read("sweep: {denoise: [0.2]}\n").recipe).seed == -1);
  CHECK(with_swept_seeds(Read("sweep: {seed: [5]}\n").recipe).seed == 0);
  CHECK(with_swept_seeds(Read("sweep: {variation_strength: [0, 0.5]}\n").recipe).variation_strength != 0);
}

}  // namespace
}  // namespace redraw
