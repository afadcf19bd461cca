// Sweep rows: what became of each cell, read from the results, the ledger and the files.
#include "batch/sweep_rows.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "batch/paths.h"
#include "batch/resume.h"
#include "image/composite.h"
#include "image/read.h"
#include "image/resample.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

/// What this run says of an output.
struct Fate {
  bool made = false;
  std::string error;
};

std::map<fs::path, Fate> fates_of(const Plan& plan, std::span<const Result> results) {
  std::map<fs::path, Fate> fates;
  for (const fs::path& output : plan.skipped) fates[output].made = true;
  for (std::size_t i = 0; i < plan.jobs.size(); ++i)
    fates[plan.jobs[i].output_path] = {!results[i].output_path.empty() && !results[i].error,
                                       results[i].error ? results[i].error->what() : ""};
  return fates;
}

void take_fate(SweepRow& row, const std::map<fs::path, Fate>& fates) {
  const auto fate = fates.find(row.planned->output);
  row.why = row.planned->failure.empty() && fate != fates.end() ? fate->second.error : row.planned->failure;
  if (!row.why.empty()) row.state = CellState::kFailed;
  else if (fate != fates.end() && fate->second.made && is_there(row.planned->output)) row.state = CellState::kMade;
}

/// Only what the ledger says of this very picture.
void take_entry(SweepRow& row, const Plan& plan, const LedgerRecords& records) {
  if (row.state != CellState::kMade || plan.ledger_folder.empty()) return;
  const LedgerEntry* entry = records.find(name_in_ledger(plan.ledger_folder, row.planned->output));
  if (entry == nullptr || !entry->error.empty()) return;
  row.seed = entry->seed;
  if (entry->seconds > 0) row.seconds = entry->seconds;
}

}  // namespace

const char* name_of(CellState state) {
  constexpr const char* kNames[] = {"made", "failed", "not made"};
  return kNames[static_cast<std::size_t>(state)];
}

std::vector<SweepRow> sweep_rows(const Plan& plan, std::span<const Result> results) {
  const auto fates = fates_of(plan, results);
  const LedgerRecords records = plan.ledger_folder.empty() ? LedgerRecords() : read_ledgers(plan.ledger_folder);
  std::vector<SweepRow> rows;
  for (const SweepResult& planned : plan.cells) {
    SweepRow& row = rows.emplace_back();
    row.planned = &planned;
    row.seed = planned.seed;
    take_fate(row, fates);
    take_entry(row, plan, records);
  }
  return rows;
}

Image fitted(const Image& image, int side) {
  const double factor = std::min(1.0, static_cast<double>(side) / std::max(image.width, image.height));
  const auto scaled = [&](int value) { return std::max(1, static_cast<int>(std::lround(value * factor))); };
  return resize_lanczos(image, {scaled(image.width), scaled(image.height)});
}

Image measure_row(SweepRow& row, const Image& input, int side) {
  if (row.state != CellState::kMade) return {};
  try {
    const Image picture = to_rgb(read_image(row.planned->output));
    row.size = picture.size();
    if (!input.empty()) row.metrics = measure(resize_lanczos(input, row.size), picture, nullptr);
    return fitted(picture, side);
  } catch (const std::exception& error) {
    row.state = CellState::kFailed;
    row.why = error.what();
    return {};
  }
}

}  // namespace redraw
