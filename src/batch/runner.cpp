// The main job: plans every picture of a recipe, runs them, reports and counts.
#include "batch/runner.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "base/report.h"
#include "batch/interrupt.h"
#include "batch/leftovers.h"
#include "batch/plan_text.h"
#include "batch/run_plan.h"
#include "batch/run_stages.h"
#include "batch/sweep_report.h"
#include "batch/workers.h"

namespace redraw {
namespace {

/// All failed: the first error's code; some: 1.
int code_of(const Counts& counts, const Plan& plan, const std::vector<Result>& results) {
  if (counts.failed == 0) return 0;
  if (counts.written + counts.skipped > 0) return static_cast<int>(ErrorKind::kSomeFailed);
  if (!plan.failures.empty()) return plan.failures[0].error.exit_code();
  for (const Result& result : results)
    if (result.error) return result.error->exit_code();
  return static_cast<int>(ErrorKind::kSomeFailed);
}

Counts counts_of(const Plan& plan) {
  return {plan.jobs.size() + plan.failures.size(), 0, plan.failures.size(), plan.skipped.size()};
}

struct StopRow {
  Stop stop;
  std::optional<ErrorKind> code;  // none: as the counts say
  const char* text;
};
constexpr StopRow kStops[] = {
    {Stop::kInterrupt, ErrorKind::kInterrupted, "stopped by a signal"},
    {Stop::kTimeLimit, ErrorKind::kTimeLimit, "stopped by the time limit"},
    {Stop::kOutput, ErrorKind::kFile, "stopped: no more results can be written"},
    {Stop::kFailures, std::nullopt, "stopped: more pictures failed than max_failures allows"},
};

/// planning.model  false: nothing is said of model and seed, which a preview has no use for
void tell_plan(const Recipe& recipe, const Plan& plan, const PlanOptions& planning, Progress& progress) {
  for (const std::string& note : plan.notes) progress.note(note);
  progress.planned(plan);
  if (!planning.model) return;
  const bool swept =
      std::any_of(plan.axes.begin(), plan.axes.end(), [](const SweepAxis& axis) { return axis.name == "model"; });
  if (recipe.model.empty() && !swept)
    progress.note(fmt::format("no model is named: the demo model {} is taken", plan.model_path.string()));
  if (plan.seed_drawn && !plan.jobs.empty()) progress.note(fmt::format("seed {} was drawn", plan.jobs[0].seed));
}

int print_plan(const Recipe& recipe, const RunOptions& options, const Plan& plan) {
  if (!plan.errors.empty() && !options.json) report_errors(plan.errors);
  const std::string text = options.json ? plan_as_json(recipe, plan) : plan_as_text(recipe, plan);
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (!plan.errors.empty()) return exit_code_of(plan.errors);
  Counts counts = counts_of(plan);
  counts.written = plan.jobs.size();
  return code_of(counts, plan, {});
}

/// What an earlier run left: its temporary files, and pictures that the ledger does not know yet.
void settle(const Plan& plan, Progress& progress) {
  if (const std::size_t removed = remove_leftovers(plan); removed > 0)
    progress.note(fmt::format("{} unfinished temporary files of an earlier run were removed", removed));
  if (plan.adopted.empty()) return;
  Ledger ledger(plan.ledger_folder, plan.ledger_part);
  for (const LedgerEntry& entry : plan.adopted) ledger.add(entry);
}

/// Ctrl-C after the last batch stops nothing.
const StopRow* stop_row(Stop stop, const Counts& counts) {
  for (const StopRow& row : kStops)
    if (row.stop == stop && counts.left() > 0) return &row;
  return nullptr;
}

int finish(const RunOptions& options, const Plan& plan, const std::vector<Result>& results, Stop stop,
           Progress& progress) {
  const Counts counts = progress.counts();
  const StopRow* row = stop_row(stop, counts);
  const int code = row != nullptr && row->code ? static_cast<int>(*row->code) : code_of(counts, plan, results);
  progress.summary(plan.jobs, results, plan, code, row != nullptr ? stop : Stop::kNone);
  const char* part = options.shard.is_all() ? "" : ", with the same --shard";
  if (row != nullptr)
    progress.note(fmt::format("{}, {} left; --resume goes on from here{}", row->text, counts.left(), part));
  return code;
}

/// Loads what a job needs and tells of it.
class Engines {
 public:
  Engines(const EngineFactory& make, Progress& progress) : make_(make), progress_(progress) {}

  Engine& of(const Job& job) {
    const EngineSpec spec = spec_of(job.recipe);
    if (engine_ && spec == spec_) return *engine_;
    engine_.reset();  // before the next: both may not fit into the memory
    engine_ = make_(spec);
    spec_ = spec;
    const ModelInfo& info = engine_->info();
    progress_.note(fmt::format("{} ({}) on {}, {}", info.model_name, info.family, info.device, info.dtype));
    return *engine_;
  }

 private:
  const EngineFactory& make_;
  Progress& progress_;
  EngineSpec spec_;
  std::unique_ptr<Engine> engine_;
};

/// Of a sweep, `make` for each engine's jobs, one after the other; otherwise for all at once.
std::vector<Result> by_engine(const Plan& plan, const StopRule& stops,
                              const std::function<std::vector<Result>(const Plan&)>& make) {
  if (plan.axes.empty()) return make(plan);
  std::vector<Result> results;
  for (std::size_t at = 0; at < plan.jobs.size() && stops.reason() == Stop::kNone;) {
    Plan part;
    part.ledger_folder = plan.ledger_folder;
    part.ledger_part = plan.ledger_part;
    part.seed_drawn = plan.seed_drawn;
    part.first = plan.first;
    part.model_path = plan.jobs[at].recipe.model;
    const EngineSpec spec = spec_of(plan.jobs[at].recipe);
    for (; at < plan.jobs.size() && spec_of(plan.jobs[at].recipe) == spec; ++at) part.jobs.push_back(plan.jobs[at]);
    for (Result& result : make(part)) results.push_back(std::move(result));
  }
  results.resize(plan.jobs.size());
  return results;
}

/// A sweep's model that does not load: the other models' cells are made.
std::vector<Result> all_failed(const Plan& plan, const Error& error, Progress& progress) {
  std::vector<Result> results(plan.jobs.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    results[i].error = error;
    progress.finished(plan.jobs[i], results[i]);
  }
  return results;
}

/// Returns the exit code of the run, or of the report where that alone fails.
int report_sweep(const Recipe& recipe, const RunOptions& options, const Plan& plan, const std::vector<Result>& results,
                 int code, Progress& progress) {
  if (plan.cells.empty()) return code;
  if (!options.shard.is_all()) {
    progress.note(
        "a shard makes no sheet, table and page of the sweep: when all are done, run once more with --resume and no "
        "--shard");
    return code;
  }
  if (code == static_cast<int>(ErrorKind::kInterrupted)) return code;  // the run that goes on makes them
  try {
    write_sweep_report(recipe, plan, results, progress);
  } catch (const Error& error) {
    progress.error(error);
    return code == 0 ? error.exit_code() : code;
  }
  return code;
}

}  // namespace

int run_work(const Recipe& recipe, const RunOptions& options, const PlanOptions& planning, const Work& work) {
  PlanOptions own = planning;
  own.shard = options.shard;
  const Plan plan = make_plan(recipe, own);
  if (options.dry_run) {
    RunOptions silent = options;
    silent.events.clear();
    Progress progress(silent, counts_of(plan));
    tell_plan(recipe, plan, planning, progress);
    return print_plan(recipe, options, plan);
  }
  if (!plan.errors.empty()) return report_errors(plan.errors);
  const InterruptGuard guard;
  Progress progress(options, counts_of(plan));
  tell_plan(recipe, plan, planning, progress);
  StopRule stops(recipe, progress.counts().total, options.start);
  if (planning.model) settle(plan, progress);
  std::vector<Result> results(plan.jobs.size());
  if (!plan.jobs.empty() && stops.before_batch(plan.failures.size()) == Stop::kNone)
    results = work(plan, progress, stops);
  const int code = finish(options, plan, results, stops.reason(), progress);
  return planning.model ? report_sweep(recipe, options, plan, results, code, progress) : code;
}

int run_recipe_with(const Recipe& recipe, const RunOptions& options, const EngineFactory& make_engine,
                    const UpscalerFactory& make_upscaler) {
  return run_work(recipe, options, {}, [&](const Plan& plan, Progress& progress, StopRule& stops) {
    UpscalerCache upscalers(make_upscaler, progress);
    if (recipe.devices.empty()) upscalers.load_all(plan.jobs);
    Engines engines(make_engine, progress);
    return run_stages(recipe, plan, progress, stops, [&](const Plan& part, Progress& told) {
      return by_engine(part, stops, [&](const Plan& alike) {
        if (!recipe.devices.empty()) return run_workers(recipe, alike, told, stops, {make_engine, make_upscaler});
        Engine* engine = nullptr;
        try {
          engine = &engines.of(alike.jobs[0]);
        } catch (const Error& error) {
          if (alike.jobs.size() == part.jobs.size()) throw;
          return all_failed(alike, error, told);
        }
        return run_plan(recipe, alike, *engine, told, stops, upscalers.by_job());
      });
    });
  });
}

int run_recipe(const Recipe& recipe, const RunOptions& options) {
  return run_recipe_with(recipe, options, load_engine, load_upscaler);
}

}  // namespace redraw
