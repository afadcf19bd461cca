// Run plan: planned jobs through an Engine, read ahead and written behind.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "batch/plan.h"
#include "batch/progress.h"
#include "batch/upscalers.h"
#include "redraw/engine.h"

namespace redraw {

using EngineFactory = std::function<std::unique_ptr<Engine>(const EngineSpec&)>;
/// The engine for a job: one is loaded at a time, and kept while the next job asks for the same.
using EngineOf = std::function<Engine&(const Job&)>;

/// One Result for each job, its picture already written; without output_path and error where Ctrl-C
/// came first. While the model runs one batch, the next is read and the one before written, so at
/// most three are in memory. A picture that fails fails alone; where a call of several throws, each is
/// tried by itself.
/// upscaler_of  of a job, from any thread; empty: all are enlarged by Lanczos
std::vector<Result> run_plan(const Recipe& recipe, const Plan& plan, Engine& engine, Progress& progress,
                             const UpscalerOf& upscaler_of = {});

/// What is done with a plan: one Result for each job, each told to Progress::finished.
using Work = std::function<std::vector<Result>(const Plan&, Progress&)>;

/// Plans, then prints the plan (dry_run) or does the work, reports and counts. Returns the exit code.
int run_work(const Recipe& recipe, const RunOptions& options, const PlanOptions& planning, const Work& work);

/// run_recipe with the engine and the upscaler that these give.
int run_recipe_with(const Recipe& recipe, const RunOptions& options, const EngineFactory& make_engine,
                    const UpscalerFactory& make_upscaler = load_upscaler);

}  // namespace redraw
