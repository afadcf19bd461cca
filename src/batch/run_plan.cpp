// Run plan: planned jobs through an Engine, read ahead and written behind.
#include "batch/run_plan.h"

#include <algorithm>
#include <future>
#include <set>

#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"
#include "batch/batches.h"
#include "batch/interrupt.h"
#include "batch/load.h"
#include "batch/outputs.h"
#include "batch/resume.h"
#include "batch/run_ledger.h"
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

  std::size_t pictures_run() const {
    return static_cast<std::size_t>(
        std::count_if(generated.begin(), generated.end(), [](const Generated& g) { return !g.error; }));
  }
};

Error as_error(const std::exception& error) {
  if (const auto* own = dynamic_cast<const Error*>(&error)) return *own;
  return {ErrorKind::kInternal, std::string("an unexpected failure: ") + error.what(), "", "",
          "please report this with the command that you ran"};
}

class Run {
 public:
  Run(const Plan& plan, Engine& engine, Progress& progress, StopRule& stops, const UpscalerOf& upscaler_of)
      : plan_(plan), engine_(engine), progress_(progress), stops_(stops), upscaler_of_(upscaler_of),
        results_(plan.jobs.size()) {
    if (!plan.ledger_folder.empty()) ledger_.emplace(plan, engine.info());
  }

  std::vector<Result> all(const BatchSource& source) {
    std::future<Batch> next = read_next(source);
    std::future<void> writing;
    while (next.valid() && stops_.before_batch(progress_.counts().failed) == Stop::kNone) {
      const auto start = StopRule::Clock::now();
      Batch batch = next.get();
      next = read_next(source);
      generate(batch);
      if (writing.valid()) writing.get();
      writing = std::async(std::launch::async, [this, done = std::move(batch)]() mutable { write(done); });
      stops_.batch_took(std::chrono::duration<double>(StopRule::Clock::now() - start).count());
    }
    if (writing.valid()) writing.get();
    return std::move(results_);
  }

 private:
  std::future<Batch> read_next(const BatchSource& source) {
    std::optional<Places> places = source();
    if (!places) return {};
    return std::async(std::launch::async, [this, some = std::move(*places)] { return read(some); });
  }

  Batch read(const Places& places) {
    Batch batch{places, {}, {}};
    for (const std::size_t place : places)
      batch.loaded.push_back(load(plan_.jobs[place], hashes_, enlarge_of(plan_.jobs[place])));
    return batch;
  }

  LoadedUpscaler upscaler_of(const Job& job) const { return upscaler_of_ ? upscaler_of_(job) : LoadedUpscaler(); }
  Enlarge enlarge_of(const Job& job) const { return webui_pass(upscaler_of(job), job.recipe); }

  /// Pictures that could not be read have no task and keep their error.
  void generate(Batch& batch) {
    std::vector<EngineTask> tasks;
    for (const Loaded& one : batch.loaded) {
      if (!one.note.empty() && !one.error) progress_.note(one.note);
      if (!one.error) tasks.push_back({&one.job, &one.prepared});
    }
    for (const EngineTask& task : tasks) progress_.started(*task.job);
    std::vector<Generated> made = run_tasks(tasks);
    auto next = made.begin();
    for (const Loaded& one : batch.loaded)
      batch.generated.push_back(one.error ? Generated::failed(*one.error) : std::move(*next++));
  }

  std::vector<Generated> run_tasks(std::span<const EngineTask> tasks) {
    if (tasks.empty()) return {};
    try {
      std::vector<Generated> made =
          engine_.run(tasks, [&](int step, int of) { progress_.step(tasks, step, of); });
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
        if (!result.error) write_one(batch.loaded[i], batch.generated[i], batch.pictures_run(), result);
      } catch (const std::exception& error) {
        result.error = as_error(error);
        if (is_output_lost(*result.error)) stops_.output_lost();
      }
      if (result.error && ledger_) ledger_->failed(batch.loaded[i], *result.error);
      progress_.finished(*batch.loaded[i].asked, result);
      batch.loaded[i].prepared = {};
      if (!progress_.keeps_results()) slim(result);
    }
  }

  /// So that memory does not grow with the pictures that are done.
  static void slim(Result& result) {
    result.infotext = {};
    result.timings_ms = {};
  }

  std::string key_of(const Loaded& loaded) {
    const Job& job = *loaded.asked;
    const SourceFacts& facts = loaded.facts;
    const ModelInfo& model = engine_.info();
    return content_key(job, {job.input_key.empty() ? facts.input_sha256 : job.input_key, facts.mask_sha256,
                             facts.sketch_sha256, model.model_sha256, model.vae_sha256, network_hashes(job, hashes_)});
  }

  void write_one(const Loaded& loaded, const Generated& generated, std::size_t pictures, Result& result) {
    const Job& job = loaded.job;
    const Image image = paste_back(loaded.prepared, job, generated, &result.changed_outside_mask, enlarge_of(job));
    REDRAW_CHECK(result.changed_outside_mask == 0, "pixels outside the mask are never changed");
    result.timings_ms = generated.timings_ms;
    const ModelInfo& model = engine_.info();
    SourceFacts facts = loaded.facts;
    facts.networks = generated.networks;
    facts.notes = generated.notes;
    facts.seam_ratio = generated.seam_ratio;
    if (const auto network = upscaler_of(job).network) {
      facts.upscaler = upscaler_weights(job.recipe);
      facts.upscaler_sha256 = network->info().sha256;
    }
    result.key = key_of(loaded);
    const auto texts =
        text_chunks(*loaded.asked, job, model, facts, generated.skipped, result.key, result.changed_outside_mask);
    result.infotext = texts[0].text;
    make_folder(job.output_path.parent_path());
    const std::vector<std::uint8_t> bytes = encode_png(image, texts);
    result.sha256 = sha256_of_bytes(bytes);
    result.bytes = bytes.size();
    const WritingGuard guard;
    write_file_atomically(job.output_path, bytes);
    if (ledger_) ledger_->done(loaded, result, pictures);
    result.output_path = job.output_path;
  }

  const Plan& plan_;
  Engine& engine_;
  Progress& progress_;
  StopRule& stops_;
  const UpscalerOf& upscaler_of_;
  std::set<std::string> told_;
  std::vector<Result> results_;
  FileHashes hashes_;
  std::optional<RunLedger> ledger_;
};

}  // namespace

std::vector<Result> run_batches(const Plan& plan, Engine& engine, Progress& progress, StopRule& stops,
                                const BatchSource& source, const UpscalerOf& upscaler_of) {
  return Run(plan, engine, progress, stops, upscaler_of).all(source);
}

std::vector<Result> run_plan(const Recipe& recipe, const Plan& plan, Engine& engine, Progress& progress,
                             StopRule& stops, const UpscalerOf& upscaler_of) {
  const auto batches = make_batches(plan.jobs, [&](Size size) { return batch_size(recipe, engine, size); });
  std::size_t next = 0;
  const auto source = [&]() -> std::optional<Places> {
    return next < batches.size() ? std::optional(batches[next++]) : std::nullopt;
  };
  return run_batches(plan, engine, progress, stops, source, upscaler_of);
}

EngineSpec spec_of(const Recipe& recipe) {
  return {recipe.model, recipe.vae, recipe.device, recipe.dtype, recipe.threads, recipe.vae_dtype,
          recipe.determinism == Determinism::kBitwise};
}

int batch_size(const Recipe& recipe, const Engine& engine, Size work_size) {
  if (recipe.determinism == Determinism::kBitwise) return 1;
  return recipe.batch > 0 ? recipe.batch : engine.auto_batch(work_size);
}

}  // namespace redraw
