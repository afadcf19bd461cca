// Shard: every picture in exactly one part, evenly, the same everywhere.
#include "batch/shard.h"

#include <catch2/catch.hpp>

#include <cstdlib>

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "batch/fixture.h"
#include "batch/plan.h"
#include "support/errors.h"

namespace redraw {
namespace {

using batch_test::Folder;

TEST_CASE("each picture is in one part, and the parts are about equal") {
  std::vector<int> parts(8);
  for (int i = 0; i < 4000; ++i) {
    int found = 0;
    for (int part = 1; part <= 8; ++part)
      if (is_in_shard({part, 8}, fmt::format("sub/frame{:05}.png", i)))
        ++found, ++parts[static_cast<std::size_t>(part - 1)];
    REQUIRE(found == 1);
  }
  CHECK(*std::min_element(parts.begin(), parts.end()) > 430);
  CHECK(*std::max_element(parts.begin(), parts.end()) < 570);
}

TEST_CASE("which part a picture is in never changes from version to version") {
  CHECK(is_in_shard({1, 2}, "a.png") != is_in_shard({2, 2}, "a.png"));
  std::string parts;
  for (const char* name : {"a.png", "b.png", "c.png", "sub/a.png", "sub/b.png", "x/y/z.jpg"})
    for (int part = 1; part <= 4; ++part)
      if (is_in_shard({part, 4}, name)) parts += std::to_string(part);
  CHECK(parts == "424313");
}

TEST_CASE("shards are read as i/n or out of Slurm's variables") {
  CHECK(parse_shard("3/8").index == 3);
  CHECK(parse_shard("3/8").count == 8);
  CHECK(parse_shard("3/8").name() == "3-of-8");
  CHECK(parse_shard("1/1").name().empty());
  ::setenv("SLURM_ARRAY_TASK_ID", "16", 1);
  ::setenv("SLURM_ARRAY_TASK_COUNT", "4", 1);
  ::setenv("SLURM_ARRAY_TASK_MIN", "10", 1);
  ::setenv("SLURM_ARRAY_TASK_STEP", "2", 1);
  CHECK(parse_shard("slurm").name() == "4-of-4");
  ::setenv("SLURM_ARRAY_TASK_ID", "17", 1);
  CHECK(test::error_of([] { parse_shard("slurm"); }).has_value());
  for (const char* name :
       {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP"})
    ::unsetenv(name);
  const std::string bad = GENERATE("0/8", "9/8", "1", "1/0", "a/b", "", "1/8/2", "slurm");
  CAPTURE(bad);
  const auto error = test::error_of([&] { parse_shard(bad); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::kRequest);
}

TEST_CASE("the shards of a folder keep the names and seeds of the whole, and find its collisions") {
  const Folder folder;
  Recipe recipe;
  for (int i = 0; i < 12; ++i) folder.picture(fmt::format("in/p{}.png", i));
  recipe.inputs = {folder.text("in")};
  recipe.output = folder.text("out");
  recipe.model = folder.write("model.safetensors", "x");
  recipe.seed = 100;
  std::vector<std::int64_t> seeds;
  for (int part = 1; part <= 3; ++part) {
    PlanOptions options;
    options.shard = {part, 3};
    for (const Job& job : make_plan(recipe, options).jobs) seeds.push_back(job.seed);
  }
  std::sort(seeds.begin(), seeds.end());
  REQUIRE(seeds.size() == 12);
  CHECK(seeds.front() == 100);
  CHECK(seeds.back() == 111);
  folder.picture("in/p3.jpg.png");
  recipe.name = "same.png";
  PlanOptions options;
  options.shard = {2, 3};
  CHECK(make_plan(recipe, options).errors.size() == 12);
}

}  // namespace
}  // namespace redraw
