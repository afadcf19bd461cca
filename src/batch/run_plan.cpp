// Run plan: planned jobs through an Engine, read ahead and written behind.
#include "batch/run_plan.h"

#include <future>
#include <set>

#include <fmt/format.h>

#include "base/files.h"
#include "batch/batches.h"
#include "batch/interrupt.h"
#include "batch/load.h"
#include "batch/outputs.h"
#include "canvas/prepare.h"
#include "image/png.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

using Places = std::vector<std::size_t>;

/// A batch on its way; the lists go side by side.
struct Batch {
  Places places;
  std::vector<Loaded> loaded;
  std::vector<Generated> generated;
};

Error as_error(const std::exception& error) {
  if (const auto* own = dynamic_cast<const Error*>(&error)) return *own;
  return {ErrorKind::kInternal, std::string("an unexpected failure: ") + error.what(), "", "",
          "please report this with the command that you ran"};
}

class Run {
 public:
  Run(const Plan& plan, Engine& engine, Progress& progress)
      : plan_(plan), engine_(engine), progress_(progress), results_(plan.jobs.size()) {}

  std::vector<Result> all(const std::vector<Places>& batches) {
    std::future<Batch> next;
    std::future<void> writing;
    for (std::size_t i = 0; i < batches.size() && !InterruptGuard::interrupted(); ++i) {
      Batch batch = next.valid() ? next.get() : read(batches[i]);
      if (i + 1 < batches.size())
        next = std::async(std::launch::async, [this, &places = batches[i + 1]] { return read(places); });
      generate(batch);
      if (writing.valid()) writing.get();
      writing = std::async(std::launch::async, [this, done = std::move(batch)]() mutable { write(done); });
    }
    if (writing.valid()) writing.get();
    return std::move(results_);
  }

 private:
  Batch read(const Places& places) const {
    Batch batch{places, {}, {}};
    for (const std::size_t place : places) batch.loaded.push_back(load(plan_.jobs[place]));
    return batch;
  }

  /// Pictures that could not be read have no task and keep their error.
  void generate(Batch& batch) {
    std::vector<EngineTask> tasks;
    for (const Loaded& one : batch.loaded) {
      if (!one.note.empty() && !one.error) progress_.note(one.note);
      if (!one.error) tasks.push_back({&one.job, &one.prepared});
    }
    std::vector<Generated> made = run_tasks(tasks);
    auto next = made.begin();
    for (const Loaded& one : batch.loaded)
      batch.generated.push_back(one.error ? Generated::failed(*one.error) : std::move(*next++));
  }

  std::vector<Generated> run_tasks(std::span<const EngineTask> tasks) {
    if (tasks.empty()) return {};
    try {
      std::vector<Generated> made =
          engine_.run(tasks, [&](int step, int of) { progress_.step(tasks.size(), step, of); });
      REDRAW_CHECK(made.size() == tasks.size(), "an engine gives one result for each task");
      for (const Generated& one : made) tell(one.notes);
      return made;
    } catch (const std::exception& error) {
      if (tasks.size() == 1) return {Generated::failed(of_picture(as_error(error), *tasks[0].job))};
      return run_singly(tasks, error.what());
    }
  }

  /// Each note once in a run.
  void tell(const std::vector<std::string>& notes) {
    for (const std::string& note : notes)
      if (told_.insert(note).second) progress_.note(note);
  }

  std::vector<Generated> run_singly(std::span<const EngineTask> tasks, const std::string& reason) {
    progress_.note(fmt::format("a batch of {} failed ({}); its pictures are tried one by one", tasks.size(), reason));
    std::vector<Generated> made;
    for (const EngineTask& task : tasks) made.push_back(std::move(run_tasks({&task, 1})[0]));
    return made;
  }

  static Error of_picture(const Error& error, const Job& job) {
    const std::string where = error.where().empty() ? job.input_path.string() : error.where();
    const std::string what = fmt::format("\"{}\": {}", job.input_path.string(), error.what());
    return {error.kind(), what, where, error.why(), error.fix()};
  }

  void write(Batch& batch) {
    for (std::size_t i = 0; i < batch.places.size(); ++i) {
      Result& result = results_[batch.places[i]];
      result.error = batch.generated[i].error;
      try {
        if (!result.error) write_one(batch.loaded[i], batch.generated[i], result);
      } catch (const std::exception& error) {
        result.error = as_error(error);
      }
      progress_.finished(*batch.loaded[i].asked, result);
      batch.loaded[i].prepared = {};
    }
  }

  void write_one(const Loaded& loaded, const Generated& generated, Result& result) const {
    const Job& job = loaded.job;
    const Image image = paste_back(loaded.prepared, job, generated, &result.changed_outside_mask);
    REDRAW_CHECK(result.changed_outside_mask == 0, "pixels outside the mask are never changed");
    result.timings_ms = generated.timings_ms;
    SourceFacts facts = loaded.facts;
    facts.networks = generated.networks;
    facts.notes = generated.notes;
    const auto texts = text_chunks(*loaded.asked, job, engine_.info(), facts, generated.skipped, result.changed_outside_mask);
    result.infotext = texts[0].text;
    make_folder(job.output_path.parent_path());
    const WritingGuard guard;
    write_file_atomically(job.output_path, encode_png(image, texts));
    result.output_path = job.output_path;
  }

  const Plan& plan_;
  Engine& engine_;
  Progress& progress_;
  std::set<std::string> told_;
  std::vector<Result> results_;
};

}  // namespace

std::vector<Result> run_plan(const Recipe& recipe, const Plan& plan, Engine& engine, Progress& progress) {
  const auto batches = make_batches(
      plan.jobs, [&](Size size) { return recipe.batch > 0 ? recipe.batch : engine.auto_batch(size); });
  return Run(plan, engine, progress).all(batches);
}

}  // namespace redraw
