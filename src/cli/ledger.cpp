// redraw ledger: checks what the ledgers of a folder say against its files, and joins the ledgers of shards.
#include <fmt/format.h>

#include "base/report.h"
#include "base/text.h"
#include "batch/ledger_check.h"
#include "cli/commands.h"
#include "cli/flags.h"

namespace redraw {
namespace {

int check(const std::string& folder) {
  const LedgerCheck found = check_ledgers(folder);
  for (const LedgerProblem& problem : found.problems)
    fmt::print("{}: {}\n", printable(problem.output), printable(problem.what));
  fmt::print("{} good, {} to be done again, {} failed, {} unreadable lines, {} ledgers\n", found.good,
             found.problems.size() - found.failed, found.failed, found.torn, found.ledgers);
  return found.problems.empty() ? 0 : static_cast<int>(ErrorKind::kSomeFailed);
}

int merge(const std::vector<std::string>& places) {
  const MergedLedger merged = merge_ledgers({places.begin(), places.end()});
  fmt::print("{}: {} pictures out of {} ledgers\n", printable(merged.file.string()), merged.entries, merged.ledgers);
  return 0;
}

}  // namespace

int run_ledger(const std::vector<std::string>& args) {
  CommandLine line = read_command_line(args, {});
  const std::string action = line.words.empty() ? "" : line.words[0];
  const bool checks = action == "check", merges = action == "merge";
  if (line.errors.empty() && !checks && !merges)
    line.errors.emplace_back(ErrorKind::kRequest, fmt::format("ledger cannot do \"{}\"", action), "command line",
                             "it checks or merges", "redraw ledger check FOLDER, or redraw ledger merge FOLDER");
  if (line.errors.empty() && (line.words.size() < 2 || (checks && line.words.size() > 2)))
    line.errors.emplace_back(ErrorKind::kRequest,
                             fmt::format("ledger {} takes {} and not {}", action,
                                         checks ? "one folder" : "folders or ledgers", line.words.size() - 1),
                             "command line", "a ledger lies beside the outputs",
                             fmt::format("redraw ledger {} FOLDER", action));
  if (!line.errors.empty()) return report_errors(line.errors);
  return checks ? check(line.words[1]) : merge({line.words.begin() + 1, line.words.end()});
}

}  // namespace redraw
