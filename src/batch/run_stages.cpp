// Run stages: the stages before the last, each result kept by its content; then the last one.
#include "batch/run_stages.h"

#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "batch/interrupt.h"
#include "batch/outputs.h"
#include "batch/paths.h"
#include "batch/provenance.h"
#include "image/png.h"
#include "recipe/stages.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

/// To be raised when a default or the meaning of a setting changes.
constexpr int kSchema = 1;

/// One picture on its way through the stages.
struct Chain {
  fs::path picture;  // what the next stage reads
  std::string key;   // of the stage before; of the first, the hash of the input
};

/// A stage's own progress: its pictures are not the results of the run, and its failures are told there.
class StageProgress : public Progress {
 public:
  StageProgress(Progress& run, std::string name, std::size_t pictures)
      : Progress(RunOptions{}, {}), run_(run), name_(std::move(name)), pictures_(pictures) {}
  void note(const std::string& text) override { run_.note(text); }
  void step(std::size_t, int step, int of) override { run_.step(0, step, of); }
  void finished(const Job& job, const Result& result) override {
    ++done_;
    if (!result.error)
      run_.note(fmt::format("{} {}/{}  {}", name_, done_, pictures_, job.recipe.inputs.at(0)));
  }

 private:
  Progress& run_;
  std::string name_;
  std::size_t pictures_, done_ = 0;
};

/// Written by this program for this key, and whole.
bool is_made(const fs::path& picture, const std::string& key) {
  try {
    const auto texts = png_texts(read_file(picture));
    const Json chunk = Json::parse(texts.at("redraw"), nullptr, false);
    return chunk.is_object() && chunk.value("stage_key", "") == key;
  } catch (const std::exception&) {
    return false;
  }
}

class StagedRun {
 public:
  StagedRun(const Recipe& recipe, const Plan& plan, const EngineOf& engine_of, Progress& progress)
      : recipe_(recipe), plan_(plan), engine_of_(engine_of), progress_(progress), folder_(stage_folder(recipe)),
        chains_(plan.jobs.size()), results_(plan.jobs.size()) {}

  std::vector<Result> all() {
    const std::size_t stages = plan_.jobs.empty() ? 0 : plan_.jobs[0].before.size();
    for (std::size_t stage = 0; stage < stages && !InterruptGuard::interrupted(); ++stage) make_stage(stage, stages);
    if (!InterruptGuard::interrupted()) finish();
    return std::move(results_);
  }

 private:
  void make_stage(std::size_t stage, std::size_t stages) {
    Plan missing;
    std::map<std::string, std::vector<std::size_t>> places;  // by key: pictures that are alike share one
    for (std::size_t i = 0; i < plan_.jobs.size(); ++i) {
      if (results_[i].error) continue;
      attempt(i, [&] {
        Job job = linked(i, plan_.jobs[i].before[stage]);
        auto& alike = places[job.stage_key];
        alike.push_back(i);
        if (alike.size() == 1 && !is_made(job.output_path, job.stage_key)) missing.jobs.push_back(std::move(job));
      });
    }
    const std::string name = fmt::format("stage {} of {}", stage + 1, stages + 1);
    if (const std::size_t kept = places.size() - missing.jobs.size(); kept > 0)
      progress_.note(fmt::format("{}: {} kept from before", name, kept));
    run_missing(missing, name, places);
  }

  /// Errors stay with the pictures that share the key.
  void run_missing(const Plan& missing, const std::string& name,
                   const std::map<std::string, std::vector<std::size_t>>& places) {
    if (missing.jobs.empty()) return;
    make_folder(folder_);
    StageProgress progress(progress_, name, missing.jobs.size());
    const std::vector<Result> made = run_plan(recipe_, missing, engine_of_(missing.jobs[0]), progress);
    for (std::size_t i = 0; i < made.size(); ++i)
      if (made[i].error)
        for (const std::size_t place : places.at(missing.jobs[i].stage_key)) fail(place, *made[i].error);
  }

  /// The job with its picture, its key and its place in the cache.
  Job linked(std::size_t place, Job job) {
    Chain& chain = chains_[place];
    if (job.stage == 0) chain.key = sha256_of_file(job.input_path);
    else job.input_path = chain.picture;
    const std::string vae = job.recipe.vae.empty() ? "" : hash_of(job.recipe.vae);
    chain.key = job.stage_key = stage_key(job, chain.key, hash_of(job.recipe.model), vae);
    chain.picture = job.output_path = folder_ / (chain.key + ".png");
    return job;
  }

  void finish() {
    Plan last;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < plan_.jobs.size(); ++i) {
      if (results_[i].error) continue;
      Job job = plan_.jobs[i];
      if (!job.before.empty()) job.input_path = chains_[i].picture;
      last.jobs.push_back(std::move(job));
      places.push_back(i);
    }
    if (last.jobs.empty()) return;
    std::vector<Result> made = run_plan(recipe_, last, engine_of_(last.jobs[0]), progress_);
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

  const std::string& hash_of(const fs::path& file) {
    const auto [entry, fresh] = hashes_.try_emplace(file);
    if (fresh) entry->second = sha256_of_file(file);
    return entry->second;
  }

  const Recipe& recipe_;
  const Plan& plan_;
  const EngineOf& engine_of_;
  Progress& progress_;
  fs::path folder_;
  std::vector<Chain> chains_;    // side by side with plan_.jobs
  std::vector<Result> results_;
  std::map<fs::path, std::string> hashes_;
};

/// Settings that decide pixels; files count by what they hold.
Json settings_json(const Job& job) {
  Recipe recipe = job.recipe;
  recipe.model = recipe.vae = recipe.sketch = "";
  if (!job.mask_path.empty()) recipe.mask = "file";
  Json json = Json::object();
  const auto asked = recipe_json(recipe);
  for (const auto& [key, value] : asked.items())
    if (key == "dtype" || !is_of_whole_run(key)) json[key] = value;
  return json;
}

}  // namespace

fs::path stage_folder(const Recipe& recipe) { return output_folder(recipe) / ".redraw-stages"; }

std::string stage_key(const Job& job, const std::string& input, const std::string& model, const std::string& vae) {
  const auto size = [](Size s) { return Json{s.width, s.height}; };
  const auto hash = [](const fs::path& file) { return file.empty() ? "" : sha256_of_file(file); };
  Json json = {{"schema", kSchema}, {"settings", settings_json(job)}, {"seed", job.seed},
               {"target_size", size(job.target_size)}, {"work_size", size(job.work_size)},
               {"input", input}, {"mask", hash(job.mask_path)}, {"sketch", hash(job.sketch_path)},
               {"model", model}, {"vae", vae}};
  for (const LoraUse& lora : job.loras) json["loras"].push_back(sha256_of_file(lora.path));
  for (const EmbeddingUse& embedding : job.embeddings) json["embeddings"].push_back({embedding.name, sha256_of_file(embedding.path)});
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return sha256_of_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

std::vector<Result> run_stages(const Recipe& recipe, const Plan& plan, const EngineOf& engine_of, Progress& progress) {
  return StagedRun(recipe, plan, engine_of, progress).all();
}

}  // namespace redraw
