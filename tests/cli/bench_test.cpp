// redraw bench: what it measures and says, and what it refuses, by the real program.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "cli/program.h"

using Catch::Contains;
using redraw::test::Folder;
using redraw::test::Outcome;

namespace {

const std::string kSmall = " --size 64x64 --steps 2 --warmup 0 --device cpu ";

void check_spread(const nlohmann::json& times) {
  CHECK(times["min"] > 0);
  CHECK(times["min"] <= times["median"]);
  CHECK(times["median"] <= times["max"]);
}

}  // namespace

TEST_CASE("bench --json says what was run, where, and how long each part took", "[cli]") {
  const Outcome run = Folder().run("bench" + kSmall + "--repeats 2 --batch 2 --dtype f32 --threads 1 --json");
  REQUIRE(run.code == 0);
  const auto json = nlohmann::json::parse(run.out);
  CHECK(json["model"]["name"] == "demo");
  CHECK(json["model"]["sha256"].get<std::string>().size() == 64);
  const auto& machine = json["machine"];
  CHECK((machine["device"] == "cpu" && machine["threads"] == 1 && machine["cores"] > 0));
  CHECK((machine["cpu"].is_string() && machine["device_name"] == machine["cpu"] &&
         machine["instruction_sets"].is_array()));
  const auto& work = json["work"];
  CHECK((work["width"] == 64 && work["height"] == 64 && work["steps"] == 2 && work["batch"] == 2));
  CHECK((work["dtype"] == "f32" && work["sampler"] == "euler" && work["seed"] == 7));
  CHECK((json["warmup"] == 0 && json["repeats"] == 2 && json["redraw"].is_string()));
  double parts = 0;
  for (const char* part : {"text_encoder", "vae_encode", "unet_step", "vae_decode"}) {
    check_spread(json["parts_ms"][part]);
    const int times = std::string(part) == "unet_step" ? 2 : 1;
    parts += times * json["parts_ms"][part]["min"].get<double>();
  }
  check_spread(json["whole_ms"]);
  check_spread(json["cpu_ms"]);
  CHECK(json["whole_ms"]["max"] > parts);  // pixels and PNG come on top
  CHECK(json["steps_per_second"].get<double>() == Approx(1000 / json["parts_ms"]["unet_step"]["median"].get<double>()));
  CHECK(json["pictures_per_second"].get<double>() == Approx(2000 / json["whole_ms"]["median"].get<double>()));
  CHECK(json["load_ms"] > 0);
  CHECK((json["memory_mb"]["after_load"] > 1 && json["memory_mb"]["peak"] >= json["memory_mb"]["after_load"]));
  CHECK(json["memory_mb"]["device_peak"].is_null());
}

TEST_CASE("bench prints a table, says what it does on stderr and leaves no file", "[cli]") {
  const Folder folder;
  const Outcome run = folder.run("bench" + kSmall + "--steps 1 --repeats 1");
  CHECK(run.code == 0);
  CHECK_THAT(run.out,
             Contains("demo") && Contains("64x64, batch 1, 1 steps, Euler, Automatic, cfg 7; 0 warm-up, 1 repeats") &&
                 Contains("UNet step with guidance") && Contains("whole, pixels to PNG") && Contains("MB at most"));
  CHECK_THAT(run.err, Contains("loaded in") && Contains("repeat 1 of 1"));
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("bench refuses what it cannot run, all at once, before a model is loaded", "[cli]") {
  const Folder folder;
  const Outcome wrong = folder.run("bench a.png --repeats 0 --warmup -1 --steps 0 --sampler eulr --sise 64x64");
  CHECK(wrong.code == 2);
  CHECK(wrong.out.empty());
  CHECK_THAT(wrong.err,
             Contains("repeats cannot be \"0\"\n  where: --repeats\n  why:   repeats takes: integer, 1 to 1000\n"
                      "  fix:   the default is --repeats 5") &&
                 Contains("warmup cannot be \"-1\"") && Contains("steps cannot be \"0\"") &&
                 Contains("unknown sampler \"eulr\"") && Contains("did you mean --size?") &&
                 Contains("bench takes no picture, and \"a.png\" is given"));
  const Outcome model = folder.run("bench --model gone.safetensors");
  CHECK(model.code == 4);
  CHECK_THAT(model.err, Contains("gone.safetensors"));
  CHECK(folder.run("bench --prompt x").code == 2);
  CHECK(folder.run("bench --device cuda:99 --size 64x64").code == 5);
}
