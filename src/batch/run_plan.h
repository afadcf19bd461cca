// Run plan: planned jobs through an Engine, read ahead and written behind.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "batch/plan.h"
#include "batch/progress.h"
#include "batch/stop.h"
#include "batch/upscalers.h"
#include "redraw/engine.h"

namespace redraw {

using EngineFactory = std::function<std::unique_ptr<Engine>(const EngineSpec&)>;

/// How a process gets its networks.
struct Factories {
  const EngineFactory& engine;
  const UpscalerFactory& upscaler;
};

/// The next places in plan.jobs that make a model call; nullopt: there is none left.
using BatchSource = std::function<std::optional<std::vector<std::size_t>>()>;

/// One Result for each job, its picture already written and in the ledger; without output_path and error
/// where a stop came first. While the model runs one batch, the next is read and the one before written,
/// so at most three are in memory. A picture that fails fails alone; where a call of several throws, each
/// is tried by itself.
/// upscaler_of  of a job, from any thread; empty: all are enlarged by Lanczos
std::vector<Result> run_plan(const Recipe& recipe, const Plan& plan, Engine& engine, Progress& progress,
                             StopRule& stops, const UpscalerOf& upscaler_of = {});
/// The same for the batches of one worker among several.
std::vector<Result> run_batches(const Plan& plan, Engine& engine, Progress& progress, StopRule& stops,
                                const BatchSource& source, const UpscalerOf& upscaler_of = {});

/// Pictures per model call: as asked, one where every bit counts, else what the engine finds best.
int batch_size(const Recipe& recipe, const Engine& engine, Size work_size);

EngineSpec spec_of(const Recipe& recipe);

/// Makes jobs that one engine serves: run_plan, or the workers of several devices.
using Part = std::function<std::vector<Result>(const Plan&, Progress&)>;

/// What is done with a plan: one Result for each job, each told to Progress::finished, until the rule says stop.
using Work = std::function<std::vector<Result>(const Plan&, Progress&, StopRule&)>;

/// Plans, then prints the plan (dry_run) or does the work, reports and counts. Returns the exit code.
int run_work(const Recipe& recipe, const RunOptions& options, const PlanOptions& planning, const Work& work);

/// run_recipe with the engine and the upscaler that these give.
int run_recipe_with(const Recipe& recipe, const RunOptions& options, const EngineFactory& make_engine,
                    const UpscalerFactory& make_upscaler = load_upscaler);

}  // namespace redraw
