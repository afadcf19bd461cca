// Plan: a recipe and its inputs to jobs, without reading a pixel or loading a model.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "batch/inputs.h"
#include "batch/ledger.h"
#include "batch/plan_sizes.h"
#include "batch/seeds.h"
#include "batch/shard.h"
#include "recipe/sweep.h"
#include "redraw/job.h"

namespace redraw {

/// Why one picture of the request gets no job.
struct PictureError {
  std::filesystem::path input;
  Error error;
};

/// One result of a sweep, made or not.
struct SweepResult {
  std::size_t cell = 0;  // of the product of the axes
  std::filesystem::path input;
  int variant = 0;       // of the input in this cell, from 0
  std::filesystem::path output;
  std::int64_t seed = 0;
  std::string failure;   // not empty: it gets no job
};

struct Plan {
  std::vector<Job> jobs;               // in the order of the inputs, variants side by side
  std::vector<PictureError> failures;  // pictures that fail alone
  std::vector<std::filesystem::path> skipped;  // outputs that are there already (existing: skip, resume)
  std::vector<LedgerEntry> adopted;    // of them, those that the ledger does not know yet
  std::filesystem::path ledger_folder; // empty: no ledger is written (one .png file)
  std::string ledger_part;             // of a shard
  std::vector<Error> errors;           // if there is any, nothing may run
  std::vector<std::string> notes;
  std::filesystem::path model_path;    // empty: not found (then it is among the errors), or not looked for
  bool seed_drawn = false;
  Seeds first;  // what the seeds count on from
  std::vector<SweepAxis> axes;         // of a sweep
  std::vector<SweepResult> cells;      // of a sweep: all results of the request, cell by cell
  bool upscale = false;                // no model: sizes and names are all there is
  std::shared_ptr<const void> standard_input;
};

struct PlanOptions {
  bool model = true;     // false: model and vae are not looked for
  bool upscale = false;  // nothing is redrawn: the result may be larger than a model sees
  Shard shard = {};      // jobs of this part alone; names, seeds and collisions are those of the whole
};

/// Everything that can be known beforehand: inputs, masks, sizes, seeds, steps, names, model file.
/// A job's recipe is what makes this one picture again: its input, mask, seed and scheduler, count 1.
/// Of a recipe with a sweep: the jobs of all cells, those of one model side by side.
/// Of a recipe with stages: the jobs are of the last one, each with those before it.
/// Reads headers only; writes nothing.
Plan make_plan(const Recipe& recipe, const PlanOptions& options = {});

}  // namespace redraw
