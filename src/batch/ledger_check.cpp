// Ledger check: ledgers against the files beside them, and many ledgers made one.
#include "batch/ledger_check.h"

#include <fmt/format.h>

#include "base/files.h"
#include "batch/paths.h"
#include "redraw/error.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

LedgerRecords records_of(const fs::path& folder) {
  LedgerRecords records = read_ledgers(folder);
  if (records.files.empty())
    throw Error(ErrorKind::kFile, fmt::format("there is no ledger in \"{}\"", folder.string()), folder.string(),
                fmt::format("a folder of results holds {}", ledger_name("")), "name the output folder of a run");
  return records;
}

/// Empty: as the ledger says.
std::string problem_of(const fs::path& folder, const LedgerEntry& entry) {
  if (!entry.error.empty()) return "failed: " + entry.error;
  const auto there = stamp_of(folder / entry.output);
  if (!there) return "is not there";
  if (there->bytes != entry.bytes) return fmt::format("has {} bytes, not {}", there->bytes, entry.bytes);
  return sha256_of_file(folder / entry.output) == entry.sha256 ? "" : "has changed since it was written";
}

void remove_part(const fs::path& part) {
  std::error_code error;
  fs::remove(part, error);
  if (error)
    throw Error(ErrorKind::kFile, fmt::format("cannot remove \"{}\"", part.string()), part.string(), error.message(),
                "the ledger is merged; remove the part by hand");
}

LedgerRecords all_records(const std::vector<fs::path>& places) {
  LedgerRecords all;
  for (const fs::path& place : places) {
    if (!is_folder(place)) read_ledger(place, all);
    else for (const fs::path& file : records_of(place).files) read_ledger(file, all);
  }
  return all;
}

}  // namespace

LedgerCheck check_ledgers(const fs::path& folder) {
  const LedgerRecords records = records_of(folder);
  LedgerCheck check;
  check.torn = records.torn;
  check.ledgers = records.files.size();
  for (const auto& [output, entry] : records.entries) {
    const std::string problem = problem_of(folder, entry);
    check.failed += !entry.error.empty();
    if (problem.empty()) ++check.good;
    else check.problems.push_back({output, problem});
  }
  return check;
}

MergedLedger merge_ledgers(const std::vector<fs::path>& places) {
  const fs::path folder = places.at(0);
  if (!is_folder(folder))
    throw Error(ErrorKind::kRequest, fmt::format("\"{}\" is no folder", folder.string()), "command line",
                "the first place is the folder of results that gets the ledger",
                "redraw ledger merge FOLDER [LEDGER...]");
  const LedgerRecords all = all_records(places);
  MergedLedger merged{folder / ledger_name(""), 0, all.files.size()};
  std::string text;
  for (const LedgerRun& run : all.runs) text += line_of(run) + "\n";
  for (const auto& [output, entry] : all.entries) {
    if (entry.error.empty() && !stamp_of(folder / output)) continue;
    text += line_of(entry) + "\n";
    ++merged.entries;
  }
  write_file_atomically(merged.file, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  for (const fs::path& part : read_ledgers(folder).files)
    if (part != merged.file) remove_part(part);
  return merged;
}

}  // namespace redraw
