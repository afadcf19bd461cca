// Bench: how long a model's parts and a whole picture take here.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "batch/run_plan.h"

namespace redraw {

struct BenchOptions {
  int warmup = 1;   // runs that do not count
  int repeats = 5;  // runs that do, at least 1
};

/// One time for each repeat.
struct Timing {
  std::string part;        // "unet_step"
  std::string label;       // "UNet step with guidance"
  std::vector<double> ms;
  double median() const;
  double min() const;
  double max() const;
};

struct BenchReport {
  std::vector<Error> errors;  // if there is any, nothing was run
  ModelInfo model;
  Job job;  // what was run: sizes, steps, sampler
  int batch = 1;
  BenchOptions options;
  double load_ms = 0;
  std::vector<Timing> parts;  // in the order of the work
  Timing whole;               // a batch from pixels to PNG bytes
  Timing cpu;                 // the same as CPU time of all threads: holds on a busy machine
  std::size_t bytes_after_load = 0, peak_bytes = 0;   // of the process
  std::optional<std::size_t> peak_device_bytes;       // nullopt: on the CPU

  double steps_per_second() const;     // of the batch
  double pictures_per_second() const;
};

/// What redraw bench runs where nothing else is asked: the same work on every machine.
Recipe bench_recipe();

/// Runs img2img of a made picture as the main job does, but in memory; recipe.batch variants in one call (0: one).
/// tell  receives a line for each thing that was done
/// Errors: what loading and running the model throw; wrong requests stand in the report.
BenchReport bench(Recipe recipe, const BenchOptions& options, const EngineFactory& make_engine,
                  const std::function<void(const std::string&)>& tell);

}  // namespace redraw
