// Ledger: which pictures of an output folder are done, line by line, beside them.
#include "batch/ledger.h"

#include <algorithm>
#include <sstream>

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchema = 1;
constexpr std::string_view kPrefix = ".redraw-ledger.", kSuffix = "jsonl";

Json head_of(const char* record, const std::string& time) {
  return {{"schema", kSchema}, {"record", record}, {"time", time}};
}

void put(Json& json, const char* key, const std::optional<HashedFile>& file) {
  if (!file) return;
  json[key] = {{"path", file->path}, {"sha256", file->sha256}, {"bytes", file->stamp.bytes},
               {"mtime_ns", file->stamp.mtime_ns}};
}

std::optional<HashedFile> file_in(const Json& json, const char* key) {
  if (!json.contains(key)) return std::nullopt;
  const Json& file = json.at(key);
  return HashedFile{file.at("path"), file.at("sha256"), {file.at("bytes"), file.at("mtime_ns")}};
}

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

LedgerEntry entry_of(const Json& json) {
  LedgerEntry entry;
  entry.output = json.at("output");
  entry.time = json.at("time");
  entry.error = json.value("error", "");
  entry.key = json.value("key", "");
  entry.sha256 = json.value("sha256", "");
  entry.bytes = json.value("bytes", std::uintmax_t{0});
  entry.seed = json.value("seed", std::int64_t{0});
  entry.variation_seed = json.value("variation_seed", std::int64_t{0});
  entry.seconds = json.value("seconds", 0.0);
  entry.steps = json.value("steps", 0);
  if (json.contains("work_size")) entry.work_size = {json["work_size"].at(0), json["work_size"].at(1)};
  entry.input = file_in(json, "input");
  entry.mask = file_in(json, "mask");
  entry.sketch = file_in(json, "sketch");
  return entry;
}

LedgerRun run_of(const Json& json) {
  LedgerRun run;
  run.time = json.at("time");
  if (json.contains("drawn_seed")) run.drawn_seed = json.at("drawn_seed").get<std::int64_t>();
  if (json.contains("drawn_variation_seed"))
    run.drawn_variation_seed = json.at("drawn_variation_seed").get<std::int64_t>();
  run.model = file_in(json, "model");
  run.vae = file_in(json, "vae");
  return run;
}

/// Throws what nlohmann throws where the line is none of ours.
void take(const Json& json, LedgerRecords& records) {
  if (json.at("schema") != kSchema) return void(++records.torn);
  if (json.at("record") == "run") return records.runs.push_back(run_of(json));
  LedgerEntry entry = entry_of(json);
  LedgerEntry& known = records.entries[entry.output];
  if (known.output.empty() || known.time <= entry.time) known = std::move(entry);
}

}  // namespace

const LedgerEntry* LedgerRecords::find(const std::string& output) const {
  const auto entry = entries.find(output);
  return entry == entries.end() ? nullptr : &entry->second;
}

std::string ledger_name(const std::string& part) {
  return std::string(kPrefix) + (part.empty() ? "" : part + ".") + std::string(kSuffix);
}

void read_ledger(const fs::path& file, LedgerRecords& records) {
  std::istringstream lines(read_file(file));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    try {
      take(Json::parse(line), records);
    } catch (const Json::exception&) {
      ++records.torn;
    }
  }
  records.files.push_back(file);
}

LedgerRecords read_ledgers(const fs::path& folder) {
  LedgerRecords records;
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kPrefix) && name.ends_with(kSuffix)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) read_ledger(file, records);
  std::stable_sort(records.runs.begin(), records.runs.end(),
                   [](const LedgerRun& a, const LedgerRun& b) { return a.time < b.time; });
  return records;
}

std::string line_of(const LedgerRun& run) {
  Json json = head_of("run", run.time);
  json["version"] = REDRAW_VERSION;
  if (run.drawn_seed) json["drawn_seed"] = *run.drawn_seed;
  if (run.drawn_variation_seed) json["drawn_variation_seed"] = *run.drawn_variation_seed;
  put(json, "model", run.model);
  put(json, "vae", run.vae);
  return text_of(json);
}

std::string line_of(const LedgerEntry& entry) {
  Json json = head_of(entry.error.empty() ? "done" : "failed", entry.time);
  json["output"] = entry.output;
  json["seed"] = entry.seed;
  json["variation_seed"] = entry.variation_seed;
  if (entry.error.empty()) {
    json["key"] = entry.key;
    json["bytes"] = entry.bytes;
    json["sha256"] = entry.sha256;
    json["seconds"] = entry.seconds;
    json["work_size"] = {entry.work_size.width, entry.work_size.height};
    json["steps"] = entry.steps;
  } else {
    json["error"] = entry.error;
  }
  put(json, "input", entry.input);
  put(json, "mask", entry.mask);
  put(json, "sketch", entry.sketch);
  return text_of(json);
}

void Ledger::add(const LedgerRun& run) { file_.append(line_of(run)); }
void Ledger::add(const LedgerEntry& entry) { file_.append(line_of(entry)); }

}  // namespace redraw
