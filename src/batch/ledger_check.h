// Ledger check: ledgers against the files beside them, and many ledgers made one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "batch/ledger.h"

namespace redraw {

struct LedgerProblem {
  std::string output, what;
};

struct LedgerCheck {
  std::size_t good = 0, failed = 0, torn = 0, ledgers = 0;
  std::vector<LedgerProblem> problems;  // failed ones among them
};

/// Reads every output that the folder's ledgers name as done and compares its hash.
/// Errors: kFile where the folder holds no ledger.
LedgerCheck check_ledgers(const std::filesystem::path& folder);

struct MergedLedger {
  std::filesystem::path file;
  std::size_t entries = 0, ledgers = 0;
};

/// All ledgers of the places (folders, or ledger files) as one in the first folder; the parts that lay
/// there go. Of an output's lines the latest counts; outputs that are not in the first folder are left out.
/// Not while a run writes there. Errors: kFile, kRequest.
MergedLedger merge_ledgers(const std::vector<std::filesystem::path>& places);

}  // namespace redraw
