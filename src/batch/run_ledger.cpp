// Run ledger: what a run writes into the ledger beside its outputs.
#include "batch/run_ledger.h"

#include <algorithm>

#include "base/text.h"
#include "batch/resume.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

HashedFile model_file(const fs::path& path, const std::string& sha256) {
  return {path.string(), sha256, stamp_of(path).value_or(FileStamp{})};
}

std::optional<HashedFile> source_file(const fs::path& path, const std::string& sha256, const FileStamp& stamp) {
  return path.empty() ? std::nullopt : std::optional<HashedFile>({path.string(), sha256, stamp});
}

LedgerRun record_of(const Plan& plan, const ModelInfo& model) {
  LedgerRun run;
  run.time = utc_now();
  run.model = model_file(plan.model_path, model.model_sha256);
  if (plan.seed_drawn) run.drawn_seed = plan.first.seed;
  if (plan.seed_drawn) run.drawn_variation_seed = plan.first.variation_seed;
  const fs::path vae = plan.jobs[0].recipe.vae;
  if (!vae.empty()) run.vae = model_file(vae, model.vae_sha256);
  return run;
}

double seconds_of(const Result& result) {
  double ms = 0;
  for (const auto& [stage, time] : result.timings_ms) ms += time;
  return ms / 1000;
}

}  // namespace

RunLedger::RunLedger(const Plan& plan, const ModelInfo& model)
    : plan_(plan), ledger_(plan.ledger_folder, plan.ledger_part) {
  ledger_.add(record_of(plan, model));
}

void RunLedger::done(const Loaded& loaded, const Result& result, std::size_t pictures) {
  LedgerEntry entry = entry_of(loaded);
  entry.key = result.key;
  entry.sha256 = result.sha256;
  entry.bytes = result.bytes;
  entry.seconds = seconds_of(result) / static_cast<double>(std::max<std::size_t>(1, pictures));
  entry.work_size = loaded.job.work_size;
  entry.steps = loaded.job.steps_run;
  ledger_.add(entry);
}

void RunLedger::failed(const Loaded& loaded, const Error& error) {
  LedgerEntry entry = entry_of(loaded);
  entry.error = error.what();
  try {
    ledger_.add(entry);
  } catch (const Error&) {
  }
}

LedgerEntry RunLedger::entry_of(const Loaded& loaded) const {
  const Job& job = *loaded.asked;
  const SourceFacts& facts = loaded.facts;
  LedgerEntry entry;
  entry.output = name_in_ledger(plan_.ledger_folder, job.output_path);
  entry.time = utc_now();
  entry.seed = job.seed;
  entry.variation_seed = job.variation_seed;
  entry.input = source_file(job.input_path, facts.input_sha256, facts.input_stamp);
  entry.mask = source_file(job.mask_path, facts.mask_sha256, facts.mask_stamp);
  entry.sketch = source_file(job.sketch_path, facts.sketch_sha256, facts.sketch_stamp);
  return entry;
}

}  // namespace redraw
