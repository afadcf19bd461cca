// What a user reads after a mistake: the four parts, the exit code, all problems at once.
#include <catch2/catch.hpp>

#include "cli/program.h"

using Catch::Contains;
using redraw::test::Folder;
using redraw::test::Outcome;

namespace {

Outcome check(const std::string& recipe) {
  const Folder folder;
  folder.write("fix.yaml", recipe);
  return folder.run("check fix.yaml");
}

}  // namespace

TEST_CASE("a misspelt key: line, column and the nearest name", "[cli]") {
  const Outcome run = check("steps: 4\n\n  # note\nmask_blurr: 4\n");
  CHECK(run.code == 2);
  CHECK(run.out.empty());
  CHECK(run.err == "redraw: error: unknown setting \"mask_blurr\"\n"
                   "  where: fix.yaml:4:1\n"
                   "  why:   no setting has this name\n"
                   "  fix:   did you mean mask_blur? (all names: redraw list settings)\n");
}

TEST_CASE("all errors of a recipe come at once, in the order of the file, with a count", "[cli]") {
  const Outcome run = check("denois: 0.5\nsteps: many\nmask: {file: x}\nsteps: 5\ncfg_scale:\n");
  CHECK(run.code == 2);
  const auto first = run.err.find("fix.yaml:1:1"), second = run.err.find("fix.yaml:2:8"),
             third = run.err.find("fix.yaml:3:7"), fourth = run.err.find("fix.yaml:4:1"),
             fifth = run.err.find("fix.yaml:5:1");
  CHECK((first < second && second < third && third < fourth && fourth < fifth && fifth != std::string::npos));
  CHECK_THAT(run.err, Contains("steps cannot be \"many\"") && Contains("steps is given twice") &&
                          Contains("cfg_scale has no value") && Contains("mask holds a structure"));
  CHECK_THAT(run.err, Catch::EndsWith("redraw: 5 errors, nothing was done\n"));
}

TEST_CASE("errors of the recipe and of the flags are reported together", "[cli]") {
  const Folder folder;
  folder.write("fix.yaml", "steps: 0\n");
  folder.write("a.png", "");
  const Outcome run = folder.run("a.png --recipe fix.yaml --denoise 1.5 --mask-blurr 4");
  CHECK(run.code == 2);
  CHECK_THAT(run.err, Contains("fix.yaml:1:8") && Contains("denoise cannot be \"1.5\"\n  where: --denoise\n"
                                                           "  why:   denoise takes: number, 0 to 1\n"
                                                           "  fix:   the default is denoise: 0.75\n"));
  CHECK_THAT(run.err, Contains("unknown flag \"--mask-blurr\"") && Contains("did you mean --mask-blur?"));
  CHECK_THAT(run.err, Contains("redraw: 3 errors"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "redrawn"));
}

TEST_CASE("an unknown sampler: the nearest name and the command that lists all", "[cli]") {
  const Outcome run = check("sampler: dpm++ 2m karas\n");
  CHECK(run.code == 2);
  CHECK_THAT(run.err, Contains("unknown sampler \"dpm++ 2m karas\"") && Contains("fix.yaml:1:10") &&
                          Contains("did you mean \"DPM++ 2M Karras\"?") && Contains("redraw list samplers"));
}

TEST_CASE("a recipe that is not there is a file error and names who asked for it", "[cli]") {
  const Folder folder;
  folder.write("a.yaml", "steps: 3\nextends: gone.yaml\n");
  const Outcome direct = folder.run("x.png --recipe gone.yaml");
  CHECK(direct.code == 3);
  CHECK_THAT(direct.err, Contains("cannot read \"gone.yaml\"") && Contains("No such file or directory"));
  const Outcome extended = folder.run("check a.yaml");
  CHECK(extended.code == 3);
  CHECK_THAT(extended.err, Contains("where: a.yaml:2:1"));
}

TEST_CASE("extends in a circle is an error, not a hang", "[cli]") {
  const Folder folder;
  folder.write("a.yaml", "extends: b.yaml\n");
  folder.write("b.yaml", "extends: [a.yaml]\n");
  const Outcome run = folder.run("check a.yaml");
  CHECK(run.code == 2);
  CHECK_THAT(run.err, Contains("recipe \"a.yaml\" extends itself") && Contains("where: b.yaml:1:1"));
}

TEST_CASE("broken YAML: the line, and no setting is lost in silence", "[cli]") {
  const auto [recipe, reason, where] = GENERATE(table<std::string, std::string, std::string>(
      {{"steps: 3\na: b: c\n", "not valid YAML", "fix.yaml:2:5"},
       {"prompt: \"a lake\nsteps: 3\n", "a quote is opened and not closed", "fix.yaml:3:1"},
       {"prompt: 'a lake", "a quote is opened and not closed", "fix.yaml:2:1"},
       {"steps: 3\n---\nsteps: 4\n", "more than one document", "fix.yaml:3:1"},
       {"- steps\n- 3\n", "no list of settings", "fix.yaml:1:1"},
       {"hello", "no list of settings", "fix.yaml:1:1"}}));
  const Outcome run = check(recipe);
  CHECK(run.code == 2);
  CHECK_THAT(run.err, Contains(reason) && Contains("where: " + where + "\n"));
}

TEST_CASE("a flag without a value says what it takes, whatever stands behind it", "[cli]") {
  const std::string args = GENERATE("a.png --steps", "a.png --steps -p \"a lake\"", "a.png --steps --no-strict");
  const Outcome run = Folder().run(args);
  CHECK(run.code == 2);
  CHECK(run.err.find("redraw: error: --steps has no value\n  where: --steps\n"
                     "  why:   steps takes: integer, 1 to 150\n  fix:   --steps 20\n") == 0);
}

TEST_CASE("a long name with one dash is not read as a short flag", "[cli]") {
  const Outcome run = Folder().run("./a.png -denoise 0.5");
  CHECK(run.code == 2);
  CHECK_THAT(run.err, Contains("unknown flag \"-denoise\"") && Contains("did you mean --denoise?"));
  CHECK_THAT(run.err, !Contains("enoise\"\n  where: -d"));
}

TEST_CASE("a switch takes true and false and nothing else", "[cli]") {
  const Outcome run = Folder().run("./a.png --exact-steps=maybe --quiet=perhaps --progress=2");
  CHECK(run.code == 2);
  CHECK_THAT(run.err, Contains("exact_steps cannot be \"maybe\"") && Contains("quiet cannot be \"perhaps\"") &&
                          Contains("progress cannot be \"2\"") && Contains("redraw: 3 errors"));
}

TEST_CASE("a word that is neither a command nor a file", "[cli]") {
  const Outcome near = Folder().run("lst samplers");
  CHECK(near.code == 2);
  CHECK_THAT(near.err, Contains("there is no command and no file \"lst\"") && Contains("did you mean redraw list?"));
  const Outcome far = Folder().run("doctor");
  CHECK(far.code == 3);
  CHECK_THAT(far.err, Contains("there is no command and no file \"doctor\"") &&
                          Contains("preview, upscale, check, show") && Contains("replay, bench, list, models, help"));
}

TEST_CASE("a prompt file that is not there", "[cli]") {
  const Outcome run = Folder().run("./a.png -p @prompt.txt");
  CHECK(run.code == 3);
  CHECK_THAT(run.err, Contains("cannot read \"prompt.txt\"\n  where: -p\n") && Contains("write @@ for a prompt"));
}

TEST_CASE("an unknown log level", "[cli]") {
  const Outcome run = Folder().run("./a.png --log-level loud");
  CHECK(run.code == 2);
  CHECK_THAT(run.err, Contains("unknown log level \"loud\"") && Contains("off | warn | info | debug"));
}

TEST_CASE("a list where one value stands, a tab, a second colon, a bare colour: each names its cause", "[cli]") {
  const auto [recipe, reason, fix] = GENERATE(table<std::string, std::string, std::string>(
      {{"steps: [10, 20]\n", "steps holds a list: [10, 20]", "keep one of them"},
       {"soft_inpainting:\n\tschedule_bias: 2\n", "the line begins with a tab", "indent with spaces"},
       {"prompt: a: b\n", "a second colon stands in the line", "in double quotes"},
       {"background: #ffffff\n", "background cannot be \"\"", "in quotes where it stands in a recipe"},
       {"size: 512\n", "size cannot be \"512\"", "for example size: 512x512"},
       {"soft_inpainting: {bias: 2}\n", "unknown setting \"soft_inpainting_bias\"", "soft_inpainting_schedule_bias, "},
       {std::string("\x89PNG\0\0", 6), "\"fix.yaml\" is no recipe", "name a YAML file"}}));
  const Outcome run = check(recipe);
  CHECK(run.code == 2);
  CHECK_THAT(run.err, Contains(reason) && Contains(fix));
}

TEST_CASE("errors of the plan come with their number, as those of the recipe do", "[cli]") {
  const Outcome run = Folder().run("./a.png ./b.png -M nope.safetensors");
  CHECK(run.code == 3);
  CHECK_THAT(run.err, Catch::EndsWith("redraw: 3 errors, nothing was done\n"));
  CHECK_THAT(run.err, Contains("looked for nope.safetensors") && !Contains("safetensors.safetensors"));
}

TEST_CASE("a result with a name that no file system takes is found before anything runs", "[cli]") {
  const Folder folder;
  const std::string name(250, 'x');
  folder.write(name + ".bmp", std::string("BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\1\0\0\0\1\0\0\0\1\0\x18\0", 30) +
                                  std::string(24, '\0') + std::string("\1\2\3\0", 4));
  const Outcome plan = folder.run("preview " + name + ".bmp --existing rename");
  CHECK(plan.code == 2);
  CHECK_THAT(plan.err, Contains("is too long") && Contains("--name"));
}

TEST_CASE("show: a JPEG, a WebP and a text without an infotext are refused, naming the file", "[cli]") {
  const Folder folder;
  folder.write("a.jpg", "\xff\xd8\xff\xe0 rest");
  folder.write("a.webp", std::string("RIFF\1\2\3\4WEBPVP8 ", 16));
  folder.write("a.txt", "text");
  const std::string name = GENERATE("a.jpg", "a.webp", "a.txt");
  const Outcome shown = folder.run("show " + name);
  CHECK(shown.code == 3);
  CHECK_THAT(shown.err, Contains("\"" + name + "\" does not say how it was made") && Contains("EXIF"));
}
