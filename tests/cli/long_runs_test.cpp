// Long runs by the real program: killed, interrupted, out of room, on workers, in shards.
#include <catch2/catch.hpp>

#include <sys/mount.h>
#include <sys/stat.h>

#include <map>
#include <random>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/process.h"
#include "image/png.h"
#include "image/read.h"

using Catch::Contains;
using redraw::test::Folder;
using redraw::test::Outcome;
using redraw::test::Process;
using redraw::test::sleep_ms;
using redraw::test::wait_until;
namespace fs = std::filesystem;

namespace {

void write_picture(const Folder& folder, const std::string& name, int salt) {
  redraw::Image image(16, 16, 3);
  for (std::size_t i = 0; i < image.data.size(); ++i)
    image.data[i] = static_cast<std::uint8_t>(i * 7 + static_cast<std::size_t>(salt));
  const auto bytes = redraw::encode_png(image, {});
  folder.write(name, std::string(bytes.begin(), bytes.end()));
}

void write_pictures(const Folder& folder, int count) {
  for (int i = 0; i < count; ++i) write_picture(folder, fmt::format("in/p{:03}.png", i), i);
  folder.write("model.safetensors", "no model: the stand-in does not look");
}

std::vector<std::string> args_of(std::vector<std::string> more) {
  std::vector<std::string> args = {"in", "-M", "./model.safetensors", "-o", "out", "--resume", "--seed", "7"};
  args.insert(args.end(), more.begin(), more.end());
  return args;
}

Outcome run(const Folder& folder, std::vector<std::string> more, const std::string& milliseconds = "") {
  Process process(folder, args_of(std::move(more)), milliseconds);
  const int code = process.wait();
  return {code, folder.read("out.txt"), folder.read("err.txt")};
}

/// Every result and the file behind its name: a picture that is made again is another file.
std::map<std::string, ino_t> results_in(const fs::path& folder) {
  std::map<std::string, ino_t> found;
  std::error_code gone;
  for (fs::directory_iterator entry(folder, gone), end; !gone && entry != end; entry.increment(gone)) {
    struct stat facts {};
    if (entry->path().extension() == ".png" && ::stat(entry->path().c_str(), &facts) == 0)
      found[entry->path().filename().string()] = facts.st_ino;
  }
  return found;
}

std::size_t temporaries_in(const fs::path& folder) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(folder)) count += entry.path().extension() == ".tmp";
  return count;
}

Outcome ledger_check(const Folder& folder) {
  Process process(folder, {"ledger", "check", "out"});
  const int code = process.wait();
  return {code, folder.read("out.txt"), folder.read("err.txt")};
}

void check_whole(const Folder& folder) {
  for (const auto& [name, inode] : results_in(folder.path() / "out"))
    REQUIRE(redraw::read_image(folder.path() / "out" / name).size() == redraw::Size{16, 16});
}

/// Kills runs at random moments until all is done, again and again, `kills` times in all.
void kill_at_random(int kills) {
  std::mt19937 random(20261124);
  const Folder folder;
  write_pictures(folder, 24);
  std::map<std::string, ino_t> known;
  int rounds = 0;
  for (int killed = 0; killed < kills;) {
    const bool workers = random() % 4 == 0;
    Process process(
        folder,
        args_of(workers ? std::vector<std::string>{"--devices", "cpu,cpu"} : std::vector<std::string>{"--batch", "2"}),
        "4");
    sleep_ms(random() % 160);
    process.send(SIGKILL);
    const int code = process.wait();
    if (workers) sleep_ms(60);  // orphans finish the file in their hands
    check_whole(folder);
    const auto now = results_in(folder.path() / "out");
    for (const auto& [name, inode] : known) {
      INFO(name << " after " << killed << " kills");
      REQUIRE(now.contains(name));
      REQUIRE(now.at(name) == inode);
    }
    known = now;
    killed += code == 128 + SIGKILL;
    if (now.size() < 24) continue;
    ++rounds;
    const Outcome last = run(folder, {});
    REQUIRE(last.code == 0);
    REQUIRE(results_in(folder.path() / "out") == known);
    REQUIRE(ledger_check(folder).code == 0);
    fs::remove_all(folder.path() / "out");
    known.clear();
  }
  const Outcome end = run(folder, {});
  INFO(end.err);
  CHECK(end.code == 0);
  const auto all = results_in(folder.path() / "out");
  CHECK(all.size() == 24);
  for (const auto& [name, inode] : known) CHECK(all.at(name) == inode);
  CHECK(temporaries_in(folder.path() / "out") == 0);
  CHECK(ledger_check(folder).code == 0);
  WARN(kills << " kills, " << rounds << " times all pictures");
}

}  // namespace

TEST_CASE("killed at random moments: nothing half-written, nothing lost, nothing done twice", "[cli]") {
  kill_at_random(30);
}

TEST_CASE("the same, 200 times", "[.slow]") { kill_at_random(200); }

TEST_CASE("Ctrl-C and SIGTERM end after the picture, and the run can be resumed", "[cli]") {
  const Folder folder;
  write_pictures(folder, 10);
  const int signal = GENERATE(SIGINT, SIGTERM);
  Process process(folder, args_of({"--batch", "1"}), "60");
  REQUIRE(wait_until([&] { return results_in(folder.path() / "out").size() >= 2; }));
  process.send(signal);
  CHECK(process.wait() == 130);
  const auto before = results_in(folder.path() / "out");
  CHECK(before.size() < 10);
  CHECK(temporaries_in(folder.path() / "out") == 0);
  CHECK_THAT(folder.read("err.txt"), Contains("stopped by a signal") && Contains("--resume"));
  const Outcome rest = run(folder, {});
  CHECK(rest.code == 0);
  CHECK_THAT(rest.err, Contains(fmt::format("{} skipped", before.size())));
}

TEST_CASE("a second Ctrl-C ends at once", "[cli]") {
  const Folder folder;
  write_pictures(folder, 2);
  Process process(folder, args_of({"--batch", "1", "--events", "events"}), "30000");
  REQUIRE(wait_until([&] { return folder.read("events").find("\"start\"") != std::string::npos; }));
  const auto start = std::chrono::steady_clock::now();
  process.send(SIGINT);
  sleep_ms(50);
  process.send(SIGINT);
  CHECK(process.wait() == 130);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(15));
}

TEST_CASE("the time limit ends a run before a batch that would not be done, with exit code 6", "[cli]") {
  const Folder folder;
  write_pictures(folder, 30);
  const Outcome first = run(folder, {"--batch", "1", "--time-limit", "2s"}, "150");
  INFO(first.err);
  CHECK(first.code == 6);
  CHECK_THAT(first.err, Contains("stopped by the time limit"));
  CHECK(results_in(folder.path() / "out").size() < 30);
  CHECK(run(folder, {}).code == 0);
  CHECK(results_in(folder.path() / "out").size() == 30);
}

TEST_CASE("bad pictures never stop a run, unless there are more than max_failures", "[cli]") {
  const Folder folder;
  write_pictures(folder, 20);
  for (int i = 0; i < 20; i += 2) folder.write(fmt::format("in/p{:03}.png", i), "broken");
  const Outcome all = run(folder, {});
  CHECK(all.code == 1);
  CHECK_THAT(all.err, Contains("10 written, 10 failed") && Contains("failed:") && Contains("in/p000.png"));
  CHECK(run(folder, {"--max-failures", "50%"}).code == 1);
  fs::remove_all(folder.path() / "out");
  const auto [limit, reached] =
      GENERATE(table<std::string, bool>({{"9", true}, {"10", false}, {"49%", true}, {"50%", false}}));
  const Outcome limited = run(folder, {"--max-failures", limit});
  INFO(limited.err);
  const bool stopped = limited.err.find("stopped: more pictures failed") != std::string::npos;
  CHECK(stopped == reached);
  CHECK(results_in(folder.path() / "out").size() == (reached ? 0U : 10U));
}

TEST_CASE("an output folder that vanishes is made anew, and resume brings back what was in it", "[cli]") {
  const Folder folder;
  write_pictures(folder, 12);
  Process process(folder, args_of({"--batch", "1"}), "40");
  REQUIRE(wait_until([&] { return results_in(folder.path() / "out").size() >= 3; }));
  fs::rename(folder.path() / "out", folder.path() / "gone");
  CHECK(process.wait() == 0);
  CHECK(results_in(folder.path() / "out").size() < 12);
  const Outcome again = run(folder, {});
  CHECK(again.code == 0);
  CHECK(results_in(folder.path() / "out").size() == 12);
  CHECK(ledger_check(folder).code == 0);
}

TEST_CASE("an input folder that vanishes fails its pictures, not the run", "[cli]") {
  const Folder folder;
  write_pictures(folder, 12);
  Process process(folder, args_of({"--batch", "1"}), "40");
  REQUIRE(wait_until([&] { return results_in(folder.path() / "out").size() >= 3; }));
  fs::rename(folder.path() / "in", folder.path() / "elsewhere");
  CHECK(process.wait() == 1);
  const auto before = results_in(folder.path() / "out");
  fs::rename(folder.path() / "elsewhere", folder.path() / "in");
  CHECK(run(folder, {}).code == 0);
  const auto after = results_in(folder.path() / "out");
  CHECK(after.size() == 12);
  for (const auto& [name, inode] : before) CHECK(after.at(name) == inode);
}

TEST_CASE("a full disk ends the run with exit code 3, and what is written is whole", "[cli]") {
  const Folder folder;
  write_pictures(folder, 40);
  const fs::path out = folder.path() / "out";
  fs::create_directories(out);
  if (::mount("tmpfs", out.c_str(), "tmpfs", 0, "size=64k") != 0) {
    WARN("skipped: this user cannot mount a small file system");
    return;
  }
  const Outcome full = run(folder, {"--batch", "1"});
  INFO(full.err);
  CHECK(full.code == 3);
  CHECK_THAT(full.err, Contains("No space left") && Contains("stopped: no more results can be written"));
  const auto before = results_in(out);
  CHECK(before.size() < 40);
  CHECK(before.size() > 2);
  check_whole(folder);
  CHECK(temporaries_in(out) == 0);
  REQUIRE(::mount("tmpfs", out.c_str(), "tmpfs", MS_REMOUNT, "size=4m") == 0);
  CHECK(run(folder, {}).code == 0);
  const auto after = results_in(out);
  CHECK(after.size() == 40);
  for (const auto& [name, inode] : before) CHECK(after.at(name) == inode);
  CHECK(ledger_check(folder).code == 0);
  ::umount(out.c_str());
}

TEST_CASE("workers share one plan, and one that dies takes only what it had in its hands", "[cli]") {
  const Folder folder;
  write_pictures(folder, 12);
  const Outcome both = run(folder, {"--devices", "cpu,cpu", "--batch", "1"}, "20");
  INFO(both.err);
  CHECK(both.code == 0);
  CHECK(results_in(folder.path() / "out").size() == 12);
  std::set<std::string> workers;
  std::istringstream lines(both.err);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("redraw: worker ")) workers.insert(line);
  CHECK(workers.size() == 2);
  fs::remove_all(folder.path() / "out");
  ::setenv("REDRAW_STAND_IN_DIE", "p005", 1);
  const Outcome dead = run(folder, {"--devices", "cpu,cpu", "--batch", "1"}, "20");
  ::unsetenv("REDRAW_STAND_IN_DIE");
  INFO(dead.err);
  CHECK(dead.code == 1);
  const auto left = results_in(folder.path() / "out");
  CHECK(left.size() >= 10);  // the picture before may still have been on its way to the disk
  CHECK_FALSE(left.contains("p005.png"));
  CHECK_THAT(dead.err, Contains("its worker died") && Contains("signal 9"));
  CHECK(run(folder, {}).code == 0);
  CHECK(run(folder, {"--devices", "0,1", "--denoise", "0.5"}).code == 5);
}

TEST_CASE("shards write ledgers of their own, which merge", "[cli]") {
  const Folder folder;
  write_pictures(folder, 12);
  CHECK(run(folder, {"--shard", "1/2"}).code == 0);
  const std::size_t first = results_in(folder.path() / "out").size();
  CHECK(first > 0);
  CHECK(first < 12);
  CHECK(run(folder, {"--shard", "2/2"}).code == 0);
  CHECK(results_in(folder.path() / "out").size() == 12);
  CHECK(fs::exists(folder.path() / "out/.redraw-ledger.2-of-2.jsonl"));
  Process merge(folder, {"ledger", "merge", "out"});
  CHECK(merge.wait() == 0);
  CHECK_FALSE(fs::exists(folder.path() / "out/.redraw-ledger.2-of-2.jsonl"));
  CHECK(fs::exists(folder.path() / "out/.redraw-ledger.jsonl"));
  CHECK(ledger_check(folder).code == 0);
  CHECK_THAT(run(folder, {}).err, Contains("0 written, 12 skipped"));
  write_picture(folder, "out/p003.png", 1);
  fs::remove(folder.path() / "out/p004.png");
  const Outcome bad = ledger_check(folder);
  CHECK(bad.code == 1);
  CHECK_THAT(bad.out, Contains("p003.png: has ") && Contains("p004.png: is not there") &&
                          Contains("10 good, 2 to be done again"));
}

TEST_CASE("ledger: what it is told wrongly", "[cli]") {
  const Folder folder;
  folder.write("empty/x", "");
  const auto [args, code, message] =
      GENERATE(table<std::string, int, std::string>({{"ledger", 2, "checks or merges"},
                                                     {"ledger chek out", 2, "ledger cannot do \"chek\""},
                                                     {"ledger check", 2, "takes one folder and not 0"},
                                                     {"ledger check a b", 2, "not 2"},
                                                     {"ledger check empty", 3, "there is no ledger in \"empty\""},
                                                     {"ledger merge gone", 2, "is no folder"}}));
  const Outcome run = folder.run(args);
  CHECK(run.code == code);
  CHECK_THAT(run.err, Contains(message));
}

TEST_CASE("file names with control characters are printed safely everywhere", "[cli]") {
  const Folder folder;
  write_pictures(folder, 1);
  write_picture(folder, "in/a\x1b[31m\nredraw: error: b.png", 3);
  folder.write("in/c\x07.png", "broken");
  for (const std::vector<std::string>& more : {std::vector<std::string>{"--dry-run"}, {"--max-failures", "5"}}) {
    const Outcome outcome = run(folder, more);
    const std::string text = outcome.out + outcome.err;
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\x07') == std::string::npos);
    CHECK_THAT(text, Contains("a\\x1b[31m\\nredraw: error: b.png"));
  }
}
