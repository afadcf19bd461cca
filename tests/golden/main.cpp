// The golden runner: every cases*.json below the folders, each case by its function name.
#include <algorithm>
#include <cstdio>
#include <map>

#include <fmt/format.h>
#include <fstream>
#include "support/golden.h"

#define ROOM(name) namespace redraw::golden { std::vector<Row> name##_rows(); }
REDRAW_GOLDEN_ROOMS
#undef ROOM

namespace fs = std::filesystem;
using namespace redraw::golden;

namespace {

struct Count { int passed = 0, failed = 0, skipped = 0; };

std::map<std::string, Row> all_rows() {
  std::map<std::string, Row> rows;
#define ROOM(name) for (const Row& row : name##_rows()) rows.emplace(row.function, row);
  REDRAW_GOLDEN_ROOMS
#undef ROOM
  return rows;
}

fs::path unpacked_packs(const fs::path& folder, const fs::path& cache) {
  if (!fs::exists(folder / "packs")) return folder;
  const fs::path target = cache / fmt::format("{:016x}", std::hash<std::string>{}(fs::canonical(folder).string()));
  for (const auto& entry : fs::directory_iterator(folder / "packs")) {
    if (entry.path().extension() != ".xz") continue;
    const fs::path stamp = target / (entry.path().filename().string() + ".done");
    if (fs::exists(stamp) && fs::last_write_time(stamp) >= entry.last_write_time()) continue;
    fs::create_directories(target);
    const std::string command =
        fmt::format("cd '{}' && cmake -E tar xf '{}'", target.string(), fs::canonical(entry.path()).string());
    if (std::system(command.c_str()) != 0) throw std::runtime_error("cannot unpack " + entry.path().string());
    std::ofstream(stamp) << "unpacked\n";
  }
  return target;
}

void run_case(const Case& item, const std::map<std::string, Row>& rows, Count& count) {
  const auto row = rows.find(item.function);
  if (row == rows.end()) { ++count.skipped; return; }
  Failure failure;
  try {
    failure = row->second.run(item);
  } catch (const Skip& skip) {
    ++count.skipped;
    fmt::print("skipped {}: {}\n", item.id, skip.reason);
    return;
  } catch (const std::exception& error) {
    const std::string text = error.what();
    failure = "exception: " + text.substr(0, text.find('\n'));
  }
  if (failure.empty()) { ++count.passed; return; }
  ++count.failed;
  fmt::print("FAILED {} ({}): {}\n", item.id, item.function, failure);
}

void run_file(const fs::path& file, const fs::path& cache, const std::string& only,
              const std::map<std::string, Row>& rows, std::map<std::string, Count>& counts) {
  Json json = Json::parse(std::ifstream(file));
  const Json& cases = json.is_array() ? json : json.at("cases");
  const fs::path packs = unpacked_packs(file.parent_path(), cache);
  for (const Json& entry : cases) {
    Case item;
    item.id = entry.at("id");
    item.function = entry.at("function");
    if (!only.empty() && item.id.find(only) == std::string::npos && item.function != only) continue;
    item.inputs = entry.value("inputs", Json::object());
    item.expected = entry.value("expected", Json());
    item.tolerance = entry.value("tolerance", Json::object());
    item.folder = file.parent_path();
    item.packs = packs;
    run_case(item, rows, counts[item.function]);
  }
}

std::vector<fs::path> case_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("cases") && name.ends_with(".json")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

int print_table(const std::map<std::string, Count>& counts) {
  Count sum;
  fmt::print("{:<44}{:>8}{:>8}{:>8}\n", "function", "passed", "failed", "skipped");
  for (const auto& [name, count] : counts) {
    fmt::print("{:<44}{:>8}{:>8}{:>8}\n", name, count.passed, count.failed, count.skipped);
    sum.passed += count.passed;
    sum.failed += count.failed;
    sum.skipped += count.skipped;
  }
  fmt::print("{} passed, {} failed, {} skipped\n", sum.passed, sum.failed, sum.skipped);
  return sum.failed == 0 && sum.passed > 0 ? 0 : 1;
}

}  // namespace

// usage: redraw_golden CACHE_FOLDER [--only TEXT] FOLDER...
int main(int argc, char** argv) {
  if (argc < 3) { fmt::print(stderr, "usage: redraw_golden CACHE [--only TEXT] FOLDER...\n"); return 2; }
  const auto rows = all_rows();
  std::map<std::string, Count> counts;
  std::string only;
  for (int i = 2; i < argc; ++i) {
    if (std::string(argv[i]) == "--only" && i + 1 < argc) { only = argv[++i]; continue; }
    for (const fs::path& file : case_files(argv[i])) run_file(file, argv[1], only, rows, counts);
  }
  return print_table(counts);
}
