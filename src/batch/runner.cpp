// The main job: plans every picture of a recipe, runs them, reports and counts.
#include "batch/runner.h"

#include <cstdio>

#include <fmt/format.h>

#include "base/report.h"
#include "batch/interrupt.h"
#include "batch/plan_text.h"
#include "batch/run_plan.h"
#include "batch/run_stages.h"

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

/// planning.model  false: nothing is said of model and seed, which a preview has no use for
void tell_plan(const Recipe& recipe, const Plan& plan, const PlanOptions& planning, Progress& progress) {
  for (const std::string& note : plan.notes) progress.note(note);
  for (const PictureError& failure : plan.failures) progress.error(failure.error);
  if (!planning.model) return;
  if (recipe.model.empty())
    progress.note(fmt::format("no model is named: the demo model {} is taken", plan.model_path.string()));
  if (plan.seed_drawn && !plan.jobs.empty()) progress.note(fmt::format("seed {} was drawn", plan.jobs[0].seed));
}

int print_plan(const Recipe& recipe, const RunOptions& options, const Plan& plan) {
  const std::string text = options.json ? plan_as_json(recipe, plan) : plan_as_text(recipe, plan);
  std::fwrite(text.data(), 1, text.size(), stdout);
  Counts counts = counts_of(plan);
  counts.written = plan.jobs.size();
  return code_of(counts, plan, {});
}

EngineSpec spec_of(const Recipe& recipe) {
  return {recipe.model, recipe.vae, recipe.device, recipe.dtype, recipe.threads, recipe.vae_dtype};
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

}  // namespace

int run_work(const Recipe& recipe, const RunOptions& options, const PlanOptions& planning, const Work& work) {
  const Plan plan = make_plan(recipe, planning);
  if (!plan.errors.empty()) return report_errors(plan.errors);
  Progress progress(options, counts_of(plan));
  tell_plan(recipe, plan, planning, progress);
  if (options.dry_run) return print_plan(recipe, options, plan);
  std::vector<Result> results;
  if (!plan.jobs.empty()) {
    const InterruptGuard guard;
    results = work(plan, progress);
  }
  const Counts counts = progress.counts();
  const std::size_t left = counts.total - counts.written - counts.failed;
  const bool interrupted = left > 0;  // nothing else stops a run early
  const int code = interrupted ? static_cast<int>(ErrorKind::kInterrupted) : code_of(counts, plan, results);
  progress.summary(plan.jobs, results, plan, code);
  if (interrupted)
    progress.note(fmt::format("stopped by Ctrl-C, {} left; --existing skip goes on from here", left));
  return code;
}

int run_recipe_with(const Recipe& recipe, const RunOptions& options, const EngineFactory& make_engine) {
  return run_work(recipe, options, {}, [&](const Plan& plan, Progress& progress) {
    Engines engines(make_engine, progress);
    return run_stages(recipe, plan, [&](const Job& job) -> Engine& { return engines.of(job); }, progress);
  });
}

int run_recipe(const Recipe& recipe, const RunOptions& options) {
  return run_recipe_with(recipe, options, load_engine);
}

}  // namespace redraw
