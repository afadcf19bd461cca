// Inputs: files, folders, patterns and lists.
#include "batch/inputs.h"

#include <catch2/catch.hpp>

#include "batch/fixture.h"

namespace redraw {
namespace {

using batch_test::Folder;

std::vector<std::string> names_of(const Inputs& inputs) {
  std::vector<std::string> names;
  for (const Input& input : inputs.found) names.push_back((input.rel_dir / input.path.filename()).string());
  return names;
}

Inputs find(std::vector<std::string> inputs, bool recursive = false, const std::string& output = "redrawn") {
  Recipe recipe;
  recipe.inputs = std::move(inputs);
  recipe.recursive = recursive;
  recipe.output = output;
  return find_inputs(recipe);
}

using Names = std::vector<std::string>;

TEST_CASE("a folder gives its pictures in natural order and nothing else") {
  const Folder folder;
  for (const char* name : {"p10.png", "p2.png", "P1.JPG", "notes.txt", "sub/deep.png"}) folder.write(name, "x");
  CHECK(names_of(find({folder.text("")})) == Names{"P1.JPG", "p2.png", "p10.png"});
}

TEST_CASE("recursive keeps the tree and leaves the output folder out") {
  const Folder folder;
  for (const char* name : {"b.png", "s10/a.png", "s2/a.png", "out/b.png"}) folder.write(name, "x");
  CHECK(names_of(find({folder.text("")}, true, folder.text("out"))) == Names{"b.png", "s2/a.png", "s10/a.png"});
}

TEST_CASE("a pattern and a list give pictures, and a double is taken once with a note") {
  const Folder folder;
  for (const char* name : {"a1.png", "a2.png", "a3.txt", "b.png"}) folder.write(name, "x");
  CHECK(names_of(find({folder.text("a*")})) == Names{"a1.png", "a2.png"});
  folder.write("list.txt", "b.png\n\na1.png\nb.png\n");
  const Inputs inputs = find({"@" + folder.text("list.txt")});
  CHECK(names_of(inputs) == Names{"b.png", "a1.png"});
  REQUIRE(inputs.notes.size() == 1);
  CHECK_THAT(inputs.notes[0], Catch::Contains("named twice"));
}

TEST_CASE("a file whose name looks like a pattern is a file") {
  const Folder folder;
  folder.write("a[1].png", "x");
  CHECK(names_of(find({folder.text("a[1].png")})) == Names{"a[1].png"});
}

TEST_CASE("all mistakes of the inputs are told at once") {
  const Folder folder;
  folder.write("empty/notes.txt", "x");
  const Inputs inputs = find(
      {folder.text("missing.png"), folder.text("empty"), folder.text("*.bmp"), "@" + folder.text("no.txt")});
  REQUIRE(inputs.errors.size() == 4);
  CHECK(inputs.errors[0].kind() == ErrorKind::kFile);
  CHECK(inputs.errors[1].kind() == ErrorKind::kRequest);
  CHECK_THAT(inputs.errors[1].fix(), Catch::Contains("-r"));
  CHECK(inputs.errors[2].kind() == ErrorKind::kRequest);
  CHECK(inputs.errors[3].kind() == ErrorKind::kFile);
  CHECK(find({}).errors.at(0).kind() == ErrorKind::kRequest);
}

}  // namespace
}  // namespace redraw
