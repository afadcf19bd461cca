// help, version, list, check and show, by the real program.
#include <catch2/catch.hpp>

#include <algorithm>

#include "cli/program.h"
#include "image/png.h"
#include "recipe/options.h"

using Catch::Contains;
using Catch::StartsWith;
using redraw::test::Folder;
using redraw::test::Outcome;

namespace {

std::string source_file(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(std::string(REDRAW_SOURCE_DIR) + "/" + name, std::ios::binary).rdbuf();
  return text.str();
}

void write_png(const Folder& folder, const std::string& name, const std::vector<redraw::TextChunk>& texts) {
  const auto bytes = redraw::encode_png(redraw::Image(4, 4, 3, 90), texts);
  folder.write(name, std::string(bytes.begin(), bytes.end()));
}

}  // namespace

TEST_CASE("--help names every setting, fits 100 columns and goes to stdout", "[cli]") {
  const Outcome run = Folder().run(GENERATE("--help", "-h", "help", "x.png --steps 3 --help"));
  CHECK(run.code == 0);
  CHECK(run.err.empty());
  for (const redraw::Option& option : redraw::options())
    CHECK_THAT(run.out, Contains(option.key == "inputs" ? "INPUT..." : redraw::flag_of(option.key)));
  CHECK_THAT(run.out, Contains("redraw check RECIPE") && Contains("Examples") && Contains("--dry-run") &&
                          Contains("Exit codes"));
  std::istringstream lines(run.out);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 100);
}

TEST_CASE("without arguments: the usage on stderr, exit code 2", "[cli]") {
  const Outcome run = Folder().run("");
  CHECK(run.code == 2);
  CHECK(run.out.empty());
  CHECK_THAT(run.err, Contains("Usage") && Contains("redraw --help"));
}

TEST_CASE("--version prints name and number, and which kernels CUDA would have", "[cli]") {
  const Outcome run = Folder().run("--version");
  CHECK(run.code == 0);
  CHECK_THAT(run.out,
             Catch::Matches("redraw [0-9]+\\.[0-9]+\\.[0-9]+\nkernels for CUDA: [^\n]*libredraw_cuda.so[^\n]*\n"));
}

TEST_CASE("a command explains itself", "[cli]") {
  const std::string command = GENERATE("check", "show", "list");
  const Outcome run = Folder().run(command + " --help");
  CHECK(run.code == 0);
  CHECK_THAT(run.out, StartsWith("redraw " + command));
}

TEST_CASE("list: every setting with names has a topic, names and labels are printed", "[cli][table]") {
  const Outcome topics = Folder().run("list");
  CHECK(topics.code == 0);
  for (const redraw::Option& option : redraw::options()) {
    if (redraw::choices_of(option).empty()) continue;
    const std::string flag = redraw::flag_of(option.key).substr(2);
    constexpr std::string_view kSingular[] = {"existing", "emphasis", "determinism"};
    const bool singular = std::find(std::begin(kSingular), std::end(kSingular), option.key) != std::end(kSingular);
    const Outcome run = Folder().run("list " + (singular ? flag : flag + "s"));
    CHECK(run.code == 0);
    for (const redraw::Choice& choice : redraw::choices_of(option))
      CHECK_THAT(run.out, Contains(std::string(choice.name)) && Contains(std::string(choice.label)));
  }
}

TEST_CASE("list: unknown topic and format", "[cli]") {
  const Outcome topic = Folder().run("list sampler");
  CHECK(topic.code == 2);
  CHECK_THAT(topic.err, Contains("unknown topic \"sampler\"") && Contains("did you mean samplers?"));
  const Outcome format = Folder().run("list settings --format yml");
  CHECK(format.code == 2);
  CHECK_THAT(format.err, Contains("unknown format \"yml\"") && Contains("did you mean yaml?"));
}

TEST_CASE("configs/default.yaml and docs/RECIPE.md are what the table of settings gives", "[cli][table]") {
  CHECK(Folder().run("list settings --format yaml").out == source_file("configs/default.yaml"));
  CHECK(Folder().run("list settings --format markdown").out == source_file("docs/RECIPE.md"));
}

TEST_CASE("check: every recipe in configs/ is good", "[cli]") {
  const Outcome run = Folder().run("check " REDRAW_SOURCE_DIR "/configs/*.yaml");
  CHECK(run.code == 0);
  CHECK(run.err.empty());
  CHECK_THAT(run.out, Contains("default.yaml: good, 0 settings") && Contains("redraw_folder.yaml: good") &&
                          Contains("inpaint.yaml: good") && Contains("sketch_to_wallpaper.yaml: good, 3 settings"));
}

TEST_CASE("check reads all files and reports the bad ones", "[cli]") {
  const Folder folder;
  folder.write("good.yaml", "steps: 3\n");
  folder.write("bad.yaml", "steps: 3000\n");
  const Outcome run = folder.run("check good.yaml bad.yaml");
  CHECK(run.code == 2);
  CHECK(run.out == "good.yaml: good, 1 setting\n");
  CHECK_THAT(run.err, Contains("bad.yaml:1:8"));
  CHECK(folder.run("check").code == 2);
}

TEST_CASE("show prints the infotext, or with --json the redraw chunk", "[cli]") {
  const Folder folder;
  write_png(folder, "a.png", {{"parameters", "a lake at night, f\xC3\xBCr\nSteps: 4"}, {"redraw", "{\"schema\": 1}"}});
  const Outcome text = folder.run("show a.png");
  CHECK(text.code == 0);
  CHECK(text.out == "a lake at night, f\xC3\xBCr\nSteps: 4\n");
  CHECK(folder.run("show --json a.png").out == "{\"schema\": 1}\n");
}

TEST_CASE("show: a picture without text, no PNG, no file, two files", "[cli]") {
  const Folder folder;
  write_png(folder, "plain.png", {});
  write_png(folder, "a1111.png", {{"parameters", "x"}});
  folder.write("text.png", "hello");
  const auto [args, code, message] = GENERATE(table<std::string, int, std::string>(
      {
         {"show plain.png", 3, "\"plain.png\" does not say how it was made"},
         {"show a1111.png --json", 3, "redraw show, without --json"},
         {"show text.png", 3, "no PNG text \"parameters\" and no EXIF user comment"},
         {"show plain.png --recipe", 3, "\"plain.png\" does not say how it was made"},
         {"show plain.png --json --recipe", 2, "--json and --recipe are both given"},
         {"show gone.png", 3, "cannot read \"gone.png\""}, {"show .", 3, "Is a directory"},
         {"show a.png b.png", 2, "show takes one file, not 2"}, {"show", 2, "show takes one file, not 0"},
         {"show a.png --jsn", 2, "did you mean --json?"}}));
  const Outcome run = folder.run(args);
  CHECK(run.code == code);
  CHECK(run.out.empty());
  CHECK_THAT(run.err, StartsWith("redraw: error: ") && Contains(message));
}

TEST_CASE("list prints the words of names and the mask sources from their tables", "[cli]") {
  const Outcome words = Folder().run("list name-words");
  CHECK(words.code == 0);
  CHECK_THAT(words.out,
             Contains("[stem]") && Contains("name of the input without suffix") && Contains("[generation_number]"));
  const Outcome sources = Folder().run("list mask-sources");
  CHECK(sources.code == 0);
  CHECK_THAT(sources.out, Contains("FILE") && Contains("color:#rrggbb") && Contains("alpha") && Contains("sketch"));
}
