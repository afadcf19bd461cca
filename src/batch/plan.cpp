// Plan: a recipe and its inputs to jobs, without reading a pixel or loading a model.
#include "batch/plan.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "batch/batches.h"
#include "batch/embeddings.h"
#include "batch/idle_settings.h"
#include "batch/loras.h"
#include "batch/masks.h"
#include "batch/model_lookup.h"
#include "batch/names.h"
#include "batch/outputs.h"
#include "batch/paths.h"
#include "batch/picture_settings.h"
#include "batch/plan_checks.h"
#include "batch/plan_stages.h"
#include "batch/plan_sweep.h"
#include "batch/resume.h"
#include "batch/seeds.h"
#include "batch/sweep_report.h"
#include "batch/upscalers.h"
#include "canvas/mask_sources.h"
#include "image/read.h"
#include "recipe/options.h"
#include "recipe/sweep.h"
#include "schedule/steps.h"

namespace redraw {
namespace {

constexpr std::size_t kMaxJobs = 1'000'000;

class Planner {
 public:
  Planner(const Recipe& recipe, const PlanOptions& options, const Inputs& inputs, const StagePlace& place)
      : asked_(recipe), options_(options), inputs_(inputs), place_(place), mask_source_(mask_source_of(recipe)),
        masks_(std::make_shared<MaskFinder>("mask", mask_source_ ? "" : recipe.mask, origin_of(recipe, "mask"))),
        sketches_(std::make_shared<MaskFinder>("sketch", recipe.sketch, origin_of(recipe, "sketch"))) {}

  /// asks_folder  false: another plan of this run has tried whether the output folder takes files
  Plan make(bool asks_folder = true) {
    plan_.errors = inputs_.errors;
    plan_.notes = inputs_.notes;
    plan_.standard_input = inputs_.standard_input;
    plan_.upscale = options_.upscale;
    plan_common(asks_folder);
    if (plan_.errors.empty() && fits(inputs_.found.size())) add_pictures(inputs_.found);
    return std::move(plan_);
  }

 private:
  void plan_common(bool asks_folder) {
    plan_.ledger_folder = ledger_folder(asked_);
    plan_.ledger_part = options_.shard.name();
    own_ = std::make_shared<PictureSettings>(asked_, plan_.errors);
    attempt([&] { check_shard(asked_, options_.shard); });
    attempt([&] { settle_recipe(); });
    plan_.first = first_seeds(asked_);
    check_settings();
    if (auto error = check_name(asked_)) plan_.errors.push_back(*error);
    attempt([&] { if (asks_folder) check_output_folder(asked_); });
    attempt([&] { if (options_.model) find_model_and_vae(); });
    attempt([&] { find_embeddings(); });
  }

  /// What may differ from picture to picture.
  void check_settings() {
    attempt([&] { settle_upscalers(); });
    attempt([&] { check_tiling(asked_); });
    if (options_.upscale) return;
    attempt([&] { check_limits(asked_, shared_); });
    attempt([&] { steps_ = checked_steps(asked_, shared_); });
    attempt([&] { check_prompts(asked_, shared_); });
    attempt([&] { if (options_.model) loras_ = LoraFinder(asked_).loras_of(shared_.prompt); });
    attempt([&] { if (masks_->is_fixed()) picture_size(masks_->mask_of({})); });
    attempt([&] { if (sketches_->is_fixed()) picture_size(sketches_->mask_of({})); });
    attempt([&] { check_mask_source(asked_); });
    attempt([&] { check_idle_settings(); });
  }

  template <typename F>
  void attempt(F f) {
    try {
      f();
    } catch (const Error& error) {
      plan_.errors.push_back(error);
    }
  }

  /// What all jobs share: no "automatic", no list of the other pictures, nothing that is looked up for each.
  void settle_recipe() {
    shared_ = asked_;
    missing_word_ = replace_words(shared_);
    own_->finish_prompts(shared_);
    shared_.inputs.clear();
    shared_.stages.clear();
    shared_.sweep.clear();
    shared_.manifest.clear();
    shared_.sidecars = false;
    shared_.prompt_from = PromptFrom::kSetting;
    shared_.png_info.clear();
    shared_.flags.clear();
    shared_.origins.clear();
    shared_.count = 1;
    shared_.scheduler = resolve_scheduler(*find_sampler(asked_.sampler), *find_scheduler(asked_.scheduler)).name;
  }

  /// Of a mask that is no file; a colour that is none is found by check_mask_source.
  static bool mask_source_of(const Recipe& recipe) {
    const std::string name = recipe.mask.substr(0, recipe.mask.find(':'));
    return std::any_of(mask_sources().begin(), mask_sources().end(),
                       [&](const MaskSourceRow& row) { return row.name == name; });
  }

  void check_idle_settings() {
    for (const IdleSetting& idle : idle_settings(asked_)) {
      if (asked_.strict)
        throw Error(ErrorKind::kRequest, idle.what, origin_of(asked_, idle.key), "warnings are errors with --strict",
                    idle.fix + ", or leave it out");
      plan_.notes.push_back(idle.what);
    }
  }

  void find_model_and_vae() {
    plan_.model_path = find_model(asked_);
    shared_.model = plan_.model_path.string();
    if (!asked_.vae.empty() && !is_there(asked_.vae))
      throw Error(ErrorKind::kModel, fmt::format("there is no VAE file \"{}\"", asked_.vae), origin_of(asked_, "vae"),
                  "vae takes the path of a .safetensors file", "check the path, or leave vae out");
  }

  void settle_upscalers() {
    const auto settled = [&](const char* key, std::string& name) {
      if (const UpscalerChoice choice = find_upscaler(asked_, key); choice.is_network()) name = choice.file.string();
    };
    settled("upscaler", shared_.upscaler);
    settled("upscaler_2", shared_.upscaler_2);
    if (options_.upscale) return check_upscalers(asked_), check_no_resume(asked_);
    if (!asked_.upscaler_2.empty())
      throw Error(ErrorKind::kRequest, "upscaler_2 is for redraw upscale", origin_of(asked_, "upscaler_2"),
                  "a picture that is redrawn is enlarged by one upscaler",
                  "leave it out, or enlarge first: redraw upscale INPUT");
  }

  void find_embeddings() {
    if (plan_.model_path.empty()) return;  // not looked for, or not found
    if (!embedding_finder_ || !embedding_finder_->serves(asked_))
      embedding_finder_ = std::make_shared<EmbeddingFinder>(asked_, plan_.model_path);
    embeddings_ = embedding_finder_->embeddings_of(shared_);
    for (std::string& note : embedding_finder_->take_notes()) plan_.notes.push_back(std::move(note));
  }

  bool fits(std::size_t pictures) {
    if (pictures * static_cast<std::size_t>(asked_.count) <= kMaxJobs) return true;
    plan_.errors.emplace_back(ErrorKind::kRequest,
                              fmt::format("{} pictures in {} variants are too many", pictures, asked_.count),
                              origin_of(asked_, "count"), fmt::format("one run makes {} at most", kMaxJobs),
                              "lower count, or run the folders one after the other");
    return false;
  }

  void add_pictures(const std::vector<Input>& inputs) {
    std::vector<OutputRequest> requests;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      std::optional<Job> job = planned(inputs[i]);
      const bool own_seed = job && job->recipe.origins.contains("seed");  // then other pictures do not count
      if (job) job->recipe.origins.clear();
      const Seeds first = job ? Seeds{job->seed, job->variation_seed} : Seeds();
      for (int variant = 0; job && variant < asked_.count; ++variant) {
        set_seeds(*job,
                  count_on(first, job->recipe.variation_strength, own_seed ? variant : counted_number(i, variant)));
        job->number = number_of(i, variant);
        job->stage = place_.stage;
        plan_.jobs.push_back(*job);
        requests.push_back({&inputs[i], number_of(i, variant) + 1, variant + 1, is_ours(inputs[i])});
      }
    }
    for (const ManifestRow* row : own_->unused_rows()) tell_unused(*row);
    if (place_.last) place_outputs(asked_, inputs, requests, plan_);
  }

  void tell_unused(const ManifestRow& row) {
    const std::string what = fmt::format("\"{}\" of the manifest is none of the inputs", row.path.string());
    if (!asked_.strict) return plan_.notes.push_back(what);
    plan_.errors.emplace_back(ErrorKind::kRequest, what, row.origin, "warnings are errors with --strict",
                              "name it as an input, or take the row out");
  }

  /// The job of a picture, with settings of its own if it has any.
  std::optional<Job> planned(const Input& input) {
    try {
      if (const std::optional<Recipe> own = own_->own_recipe(input, plan_.errors)) return own_job(input, *own);
    } catch (const Error& error) {
      if (is_ours(input)) plan_.failures.push_back({input.path, error});
      return std::nullopt;
    }
    return job_of(input);
  }

  std::optional<Job> own_job(const Input& input, const Recipe& own) {
    Planner child(own, options_, inputs_, place_);
    child.own_ = own_;
    child.plan_.first = own_seeds(own);
    if (own.mask == asked_.mask) child.masks_ = masks_;  // their folders are read once
    if (own.sketch == asked_.sketch) child.sketches_ = sketches_;
    child.attempt([&] { child.settle_recipe(); });
    child.shared_.model = shared_.model;
    child.plan_.model_path = plan_.model_path;
    child.embedding_finder_ = embedding_finder_;
    child.check_settings();
    child.attempt([&] { child.find_embeddings(); });
    std::optional<Job> job = child.plan_.errors.empty() ? child.job_of(input) : std::nullopt;
    plan_.errors.insert(plan_.errors.end(), child.plan_.errors.begin(), child.plan_.errors.end());
    plan_.failures.insert(plan_.failures.end(), child.plan_.failures.begin(), child.plan_.failures.end());
    for (const std::string& note : child.plan_.notes)
      if (told_.insert(note).second) plan_.notes.push_back(note);
    if (job) job->group = group_of(job->recipe);
    if (job) job->own = own_text(own);
    if (job && has_own(own, "seed")) job->recipe.origins["seed"] = own.origins.at("seed");
    return job;
  }

  /// The picture's layers set it, not the recipe or the command line.
  bool has_own(const Recipe& own, const std::string& key) const {
    const auto origin = own.origins.find(key);
    return origin != own.origins.end() && origin->second != origin_of(asked_, key);
  }

  Seeds own_seeds(const Recipe& own) const {
    Seeds seeds = plan_.first;
    if (has_own(own, "seed") && own.seed >= 0) seeds.seed = own.seed;
    if (has_own(own, "variation_seed") && own.variation_seed >= 0) seeds.variation_seed = own.variation_seed;
    return seeds;
  }

  std::string own_text(const Recipe& own) const {
    std::vector<std::string> texts;
    for (const Option& option : options())
      if (!is_pair(option) && has_own(own, std::string(option.key)))
        texts.push_back(fmt::format("{} {}", option.key, text_of(option, own).value_or("")));
    return fmt::format("{}", fmt::join(texts, ", "));
  }

  /// Recipes that a call of the model can share have one number.
  int group_of(const Recipe& recipe) {
    if (groups_.empty()) groups_.emplace(text_of_group(shared_), 0);
    return groups_.emplace(text_of_group(recipe), static_cast<int>(groups_.size())).first->second;
  }

  bool is_ours(const Input& input) const {
    return is_in_shard(options_.shard, input.rel_dir / input.path.filename());
  }

  /// Place of a result in the run, pictures that fail counted too: seeds do not depend on them.
  std::size_t number_of(std::size_t picture, int variant) const {
    return picture * static_cast<std::size_t>(asked_.count) + static_cast<std::size_t>(variant);
  }

  std::int64_t counted_number(std::size_t picture, int variant) const {
    return counts_by_picture(asked_.seed_mode) ? variant : static_cast<std::int64_t>(number_of(picture, variant));
  }

  /// The recipe of the job gives these seeds again, so it names them.
  static void set_seeds(Job& job, Seeds seeds) {
    job.seed = job.recipe.seed = seeds.seed;
    job.variation_seed = job.recipe.variation_seed = seeds.variation_seed;
    if (counts_by_picture(job.recipe.seed_mode)) job.recipe.seed_mode = SeedMode::kFixed;
  }

  /// Of a later stage the header is not written yet; nullopt: an earlier stage fails already.
  std::optional<Size> source_size(const Input& input) const {
    if (place_.stage == 0) return picture_size(input.path);
    const auto size = place_.sizes.find(input.path);
    return size == place_.sizes.end() ? std::nullopt : std::optional(size->second);
  }

  std::optional<Job> job_of(const Input& input) {
    try {
      check_words();
      const std::optional<Size> size = source_size(input);
      if (!size) return std::nullopt;
      Job job;
      if (!options_.upscale) {
        job.mask_path = find_companion(*masks_, input);
        job.sketch_path = find_companion(*sketches_, input);
      }
      job.recipe = shared_;
      job.loras = loras_;
      job.embeddings = embeddings_;
      job.recipe.inputs = {input.path.string()};
      if (!mask_source_) job.recipe.mask = job.mask_path.string();
      job.recipe.sketch = job.sketch_path.string();
      job.input_path = input.path;
      job.seed = seed_of_picture(asked_, plan_.first.seed, input);
      job.variation_seed = plan_.first.variation_seed;
      job.steps_run = steps_.run;
      job.steps_total = img2img_steps(shared_.steps, shared_.denoise, shared_.exact_steps).total;
      job.source_size = *size;
      if (options_.upscale) set_upscaled_size(job);
      else set_sizes(job);
      if (const std::string note = check_mask_size(job, asked_.strict); !note.empty()) plan_.notes.push_back(note);
      check_sketch_size(job);
      return job;
    } catch (const Error& error) {
      if (is_ours(input)) plan_.failures.push_back({input.path, error});
      return std::nullopt;
    }
  }

  /// The shared prompts count where a picture has none of its own.
  void check_words() {
    if (!missing_word_) return;
    plan_.errors.push_back(*missing_word_);
    throw *missing_word_;
  }

  /// A missing or ambiguous mask is a mistake of the request, not of the picture.
  std::filesystem::path find_companion(MaskFinder& finder, const Input& input) {
    try {
      return finder.mask_of(input.path);
    } catch (const Error& error) {
      if (!finder.is_folder()) plan_.errors.push_back(error);
      throw;
    }
  }

  const Recipe& asked_;
  const PlanOptions options_;
  const Inputs& inputs_;
  const StagePlace& place_;
  bool mask_source_;
  std::shared_ptr<MaskFinder> masks_, sketches_;
  std::shared_ptr<PictureSettings> own_;
  std::map<std::string, int> groups_;
  std::set<std::string> told_;  // notes of pictures with settings of their own
  Recipe shared_;
  std::optional<Error> missing_word_;  // of search and replace
  StepCount steps_{0, 0};
  std::vector<LoraUse> loras_;
  std::shared_ptr<EmbeddingFinder> embedding_finder_;
  std::vector<EmbeddingUse> embeddings_;
  Plan plan_;
};

}  // namespace

Plan make_plan(const Recipe& asked, const PlanOptions& options) {
  std::vector<Error> unreadable;
  const LedgerRecords records = options.model ? records_to_resume(asked, unreadable) : LedgerRecords();
  const Recipe drawing = with_swept_seeds(asked), drawn = with_seeds(drawing, records);
  Recipe recipe = asked;
  recipe.seed = drawn.seed;
  recipe.variation_seed = drawn.variation_seed;
  Recipe with_inputs = recipe;
  if (recipe.inputs.empty()) with_inputs.inputs = manifest_inputs(recipe);
  const Inputs inputs = find_inputs(with_inputs);
  const auto plan_stage = [&](const Recipe& stage, const StagePlace& place) {
    return Planner(stage, options, inputs, place).make();
  };
  const auto plan_cell = [&, place = StagePlace(), first = true](const Recipe& cell) mutable {
    return Planner(cell, options, inputs, place).make(std::exchange(first, false));
  };
  Plan plan = !recipe.sweep.empty() ? plan_sweep(recipe, plan_cell)
              : recipe.stages.empty() ? plan_stage(recipe, {})
                                      : plan_stages(recipe, plan_stage);
  plan.seed_drawn = draws_seed(drawing);
  plan.first = {recipe.seed, recipe.variation_seed};
  plan.errors.insert(plan.errors.end(), unreadable.begin(), unreadable.end());
  if (options.model && !recipe.sweep.empty()) check_report_files(recipe, inputs.found, plan);
  if (options.model && is_resumed(asked) && plan.errors.empty()) drop_finished(drawing, records, plan);
  for (std::size_t i = 0; i < plan.jobs.size(); ++i) plan.jobs[i].index = i;
  return plan;
}

}  // namespace redraw
