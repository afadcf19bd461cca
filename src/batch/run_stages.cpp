// Run stages: the stages before the last, each result kept by its content; then the last one.
#include "batch/run_stages.h"

#include <functional>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "batch/leftovers.h"
#include "batch/outputs.h"
#include "batch/paths.h"
#include "batch/resume.h"
#include "image/png.h"
#include "recipe/stages.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

/// One picture on its way through the stages.
struct Chain {
  fs::path picture;  // what the next stage reads
  std::string key;   // of the stage that made it; empty: none did
};

using Failed = std::function<void(const Job&, const Error&)>;

/// A stage's own progress: its pictures are not the results of the run; a failure is one of the results made of it.
class StageProgress : public Progress {
 public:
  StageProgress(Progress& run, std::string name, std::size_t pictures, Failed failed)
      : Progress(RunOptions{}, {}),
        run_(run),
        name_(std::move(name)),
        pictures_(pictures),
        failed_(std::move(failed)) {}
  void note(const std::string& text) override { run_.note(text); }
  void started(const Job&) override {}
  void step(std::span<const EngineTask>, int step, int of) override { run_.step({}, step, of); }
  Counts counts() const override { return run_.counts(); }
  void finished(const Job& job, const Result& result) override {
    ++done_;
    if (result.error) failed_(job, *result.error);
    else run_.note(fmt::format("{} {}/{}  {}", name_, done_, pictures_, job.recipe.inputs.at(0)));
  }

 private:
  Progress& run_;
  std::string name_;
  std::size_t pictures_, done_ = 0;
  Failed failed_;
};

/// Written by this program for this key, and whole.
bool is_made(const fs::path& picture, const std::string& key) {
  try {
    const auto texts = png_texts(read_file(picture));
    const Json chunk = Json::parse(texts.at("redraw"), nullptr, false);
    return chunk.is_object() && chunk.value("key", "") == key;
  } catch (const std::exception&) {
    return false;
  }
}

class StagedRun {
 public:
  StagedRun(const Recipe& recipe, const Plan& plan, Progress& progress, const StopRule& stops, const Part& make)
      : plan_(plan), progress_(progress), stops_(stops), make_(make), folder_(stage_folder(recipe)),
        chains_(plan.jobs.size()), results_(plan.jobs.size()) {}

  std::vector<Result> all() {
    const std::size_t stages = plan_.jobs.empty() ? 0 : plan_.jobs[0].before.size();
    for (std::size_t stage = 0; stage < stages && !stopped(); ++stage) make_stage(stage, stages);
    if (!stopped()) finish();
    return std::move(results_);
  }

 private:
  using Places = std::map<std::string, std::vector<std::size_t>>;  // by key: pictures that are alike share one

  bool stopped() const { return stops_.reason() != Stop::kNone; }

  void make_stage(std::size_t stage, std::size_t stages) {
    Plan missing;
    Places places;
    for (std::size_t i = 0; i < plan_.jobs.size(); ++i) {
      if (results_[i].error) continue;
      attempt(i, [&] {
        Job job = linked(i, plan_.jobs[i].before[stage]);
        const std::string& key = chains_[i].key;
        places[key].push_back(i);
        if (places[key].size() > 1 || is_made(job.output_path, key)) return;
        job.index = missing.jobs.size();
        missing.jobs.push_back(std::move(job));
      });
    }
    const std::string name = fmt::format("stage {} of {}", stage + 1, stages + 1);
    if (const std::size_t kept = places.size() - missing.jobs.size(); kept > 0)
      progress_.note(fmt::format("{}: {} kept from before", name, kept));
    run_missing(missing, name, places);
  }

  void run_missing(const Plan& missing, const std::string& name, const Places& places) {
    if (missing.jobs.empty()) return;
    make_folder(folder_);
    remove_leftovers(missing);
    StageProgress progress(progress_, name, missing.jobs.size(), [&](const Job& job, const Error& error) {
      for (const std::size_t place : places.at(job.output_path.stem().string())) fail(place, error);
    });
    make_(missing, progress);
  }

  /// The job with its picture and its place in the cache, whose name is its key.
  Job linked(std::size_t place, Job job) {
    Chain& chain = chains_[place];
    if (job.stage > 0) job.input_path = chain.picture;
    job.input_key = chain.key;
    chain.key = planned_key(job, hashes_);
    chain.picture = job.output_path = folder_ / (chain.key + ".png");
    return job;
  }

  void finish() {
    Plan last = plan_;
    last.jobs.clear();
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < plan_.jobs.size(); ++i) {
      if (results_[i].error) continue;
      Job job = plan_.jobs[i];
      if (!job.before.empty()) {
        job.input_path = chains_[i].picture;
        job.input_key = chains_[i].key;
      }
      last.jobs.push_back(std::move(job));
      places.push_back(i);
    }
    if (last.jobs.empty()) return;
    std::vector<Result> made = make_(last, progress_);
    for (std::size_t i = 0; i < made.size(); ++i) results_[places[i]] = std::move(made[i]);
  }

  template <typename F>
  void attempt(std::size_t place, F f) {
    try {
      f();
    } catch (const Error& error) {
      fail(place, error);
    }
  }

  void fail(std::size_t place, const Error& error) {
    results_[place].error = error;
    progress_.finished(plan_.jobs[place], results_[place]);
  }

  const Plan& plan_;
  Progress& progress_;
  const StopRule& stops_;
  const Part& make_;
  fs::path folder_;
  std::vector<Chain> chains_;    // side by side with plan_.jobs
  std::vector<Result> results_;
  FileHashes hashes_;
};

}  // namespace

fs::path stage_folder(const Recipe& recipe) { return output_folder(recipe) / ".redraw-stages"; }

std::vector<Result> run_stages(const Recipe& recipe, const Plan& plan, Progress& progress, const StopRule& stops,
                               const Part& make) {
  return StagedRun(recipe, plan, progress, stops, make).all();
}

}  // namespace redraw
