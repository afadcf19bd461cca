// Events: every line fits the published schema, and the lines tell the run.
#include <catch2/catch.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/process.h"
#include "cli/schema.h"
#include "image/png.h"

using Catch::Contains;
using redraw::test::Folder;
using redraw::test::Process;
using Json = nlohmann::json;

namespace {

void write_pictures(const Folder& folder) {
  for (int i = 0; i < 5; ++i) {
    const auto bytes = redraw::encode_png(redraw::Image(16, 8, 3, static_cast<std::uint8_t>(i)), {});
    folder.write(fmt::format("in/p{}.png", i), std::string(bytes.begin(), bytes.end()));
  }
  folder.write("in/bad.png", "broken");
  const std::string cut = folder.read("in/p3.png");
  folder.write("in/p3.png", cut.substr(0, cut.size() / 2));
  folder.write("model.safetensors", "x");
}

std::vector<Json> events_of(const std::string& text) {
  std::vector<Json> events;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) events.push_back(Json::parse(line));
  return events;
}

Json schema() {
  return Json::parse(std::ifstream(std::string(REDRAW_SOURCE_DIR) + "/docs/events.schema.json"));
}

std::size_t count_of(const std::vector<Json>& events, const std::string& name) {
  std::size_t count = 0;
  for (const Json& event : events) count += event.at("event") == name;
  return count;
}

}  // namespace

TEST_CASE("events fit docs/events.schema.json and tell the run, alone and on workers", "[cli]") {
  const Folder folder;
  write_pictures(folder);
  const bool workers = GENERATE(false, true);
  std::vector<std::string> args = {"in", "-M", "./model.safetensors", "--events", "-", "-q"};
  if (workers) args.insert(args.end(), {"--devices", "cpu,cpu"});
  Process process(folder, args);
  CHECK(process.wait() == 1);
  const std::vector<Json> events = events_of(folder.read("out.txt"));
  const Json rules = schema();
  for (const Json& event : events) {
    INFO(event.dump());
    CHECK(redraw::test::schema_problem(event, rules, rules) == "");
  }
  REQUIRE(events.size() > 8);
  CHECK(events.front().at("event") == "plan");
  CHECK(events.front().at("total") == 6);
  CHECK(events.back().at("event") == "summary");
  CHECK(events.back().at("written") == 4);
  CHECK(events.back().at("failed") == 2);
  CHECK(events.back().at("exit_code") == 1);
  CHECK(count_of(events, "start") == 4);
  CHECK(count_of(events, "done") == 4);
  CHECK(count_of(events, "failed") == 2);
  CHECK(count_of(events, "step") > 0);
}

TEST_CASE("the schema refuses what is no event", "[cli]") {
  const Json rules = schema();
  for (
      const char* bad :
      {R"({"event":"start"})", R"({"event":"nothing","time":"2026-01-01T00:00:00.000Z"})", "[]",
       R"({"event":"summary","time":"now","written":-1,"failed":0,"skipped":0,"left":0,"seconds":1,"exit_code":0,"stopped_by":""})"})
    CHECK(redraw::test::schema_problem(Json::parse(bad), rules, rules) != "");
}

TEST_CASE("--quiet leaves errors alone on stderr; the log file has all, with times", "[cli]") {
  const Folder folder;
  write_pictures(folder);
  Process process(folder, {"in", "-M", "./model.safetensors", "-q", "--log-file", "run.log"});
  CHECK(process.wait() == 1);
  CHECK_THAT(folder.read("err.txt"), Contains("bad.png") && !Contains("written") && !Contains("seed"));
  CHECK_THAT(folder.read("run.log"),
             Contains("4 written, 2 failed") && Contains("error: redraw: error: ") && Contains("p0.png"));
  CHECK(folder.read("run.log").find("20") == 0);
}

TEST_CASE("events and the log file: where they cannot go", "[cli]") {
  const Folder folder;
  write_pictures(folder);
  const auto [args, code, message] = GENERATE(table<std::vector<std::string>, int, std::string>(
      {{{"--events", "gone/x"}, 3, "cannot write events to \"gone/x\""},
       {{"--log-file", "in"}, 3, "cannot write the log file"},
       {{"--events", "-", "--json"}, 2, "--json and --events - are both given"},
       {{"--shard", "3/2"}, 2, "shard cannot be \"3/2\""},
       {{"--time-limit", "soon"}, 2, "time_limit cannot be \"soon\""},
       {{"--max-failures", "x"}, 2, "max_failures cannot be \"x\""},
       {{"--devices", "gpu0"}, 2, "devices cannot be \"gpu0\""},
       {{"--shard", "1/2", "--existing", "rename"}, 2, "do not go together"}}));
  std::vector<std::string> all = {"in/p0.png", "-M", "./model.safetensors"};
  all.insert(all.end(), args.begin(), args.end());
  Process process(folder, all);
  CHECK(process.wait() == code);
  CHECK_THAT(folder.read("err.txt"), Contains(message));
}
