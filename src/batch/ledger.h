// Ledger: which pictures of an output folder are done, line by line, beside them.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/append_file.h"
#include "batch/file_hashes.h"
#include "redraw/image.h"

namespace redraw {

/// What the ledger knows of one output.
struct LedgerEntry {
  std::string output;  // below the ledger's folder
  std::string time;    // UTC
  std::string key;     // content_key
  std::string sha256;  // of the output file
  std::uintmax_t bytes = 0;
  std::int64_t seed = 0, variation_seed = 0;
  double seconds = 0;  // of model time, this picture's share of its call
  Size work_size;
  int steps = 0;  // model steps
  std::optional<HashedFile> input, mask, sketch;
  std::string error;  // not empty: it failed
};

/// One start of the program.
struct LedgerRun {
  std::string time;
  std::optional<std::int64_t> drawn_seed, drawn_variation_seed;
  std::optional<HashedFile> model, vae;
};

/// What all ledgers of a folder say; of an output's lines the latest counts.
struct LedgerRecords {
  std::map<std::string, LedgerEntry> entries;  // by output
  std::vector<LedgerRun> runs;                 // in time
  std::size_t torn = 0;                        // lines that cannot be read
  std::vector<std::filesystem::path> files;

  /// nullptr where there is none.
  const LedgerEntry* find(const std::string& output) const;
};

/// ".redraw-ledger.jsonl", of a part ".redraw-ledger.PART.jsonl".
std::string ledger_name(const std::string& part);

/// Every ledger of the folder, whichever part wrote it. Torn and foreign lines are counted and left out.
LedgerRecords read_ledgers(const std::filesystem::path& folder);
/// One ledger file, added to records.
void read_ledger(const std::filesystem::path& file, LedgerRecords& records);

/// Appends; each line is on the disk when the call returns. Thread-safe. Errors: kFile.
class Ledger {
 public:
  Ledger(const std::filesystem::path& folder, const std::string& part) : file_(folder / ledger_name(part)) {}
  void add(const LedgerRun& run);
  void add(const LedgerEntry& entry);

 private:
  AppendFile file_;
};

std::string line_of(const LedgerRun& run);
std::string line_of(const LedgerEntry& entry);

}  // namespace redraw
