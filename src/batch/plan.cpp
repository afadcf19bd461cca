// Plan: a recipe and its inputs to jobs, without reading a pixel or loading a model.
#include "batch/plan.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "batch/idle_settings.h"
#include "batch/masks.h"
#include "batch/model_lookup.h"
#include "batch/names.h"
#include "batch/outputs.h"
#include "batch/paths.h"
#include "batch/seeds.h"
#include "batch/upscalers.h"
#include "canvas/mask_sources.h"
#include "image/read.h"
#include "prompt/comments.h"
#include "prompt/later_syntax.h"
#include "schedule/steps.h"

namespace redraw {
namespace {

constexpr std::size_t kMaxJobs = 1'000'000;

int round_up_to_8(int side) { return (side + 7) / 8 * 8; }

int side_of(double side) { return static_cast<int>(std::clamp(side, 1.0, 1e9)); }

class Planner {
 public:
  Planner(const Recipe& recipe, const PlanOptions& options)
      : asked_(recipe), options_(options), mask_source_(mask_source_of(recipe)),
        masks_("mask", mask_source_ ? "" : recipe.mask, origin_of(recipe, "mask")),
        sketches_("sketch", recipe.sketch, origin_of(recipe, "sketch")) {}

  Plan make() {
    Inputs inputs = find_inputs(asked_);
    plan_.errors = std::move(inputs.errors);
    plan_.notes = std::move(inputs.notes);
    plan_.standard_input = std::move(inputs.standard_input);
    plan_common();
    if (plan_.errors.empty() && fits(inputs.found.size())) add_pictures(inputs.found);
    return std::move(plan_);
  }

 private:
  void plan_common() {
    plan_.upscale = options_.upscale;
    settle_recipe();
    attempt([&] { check_steps(); });
    attempt([&] { check_prompt(); });
    if (auto error = check_name(asked_)) plan_.errors.push_back(*error);
    attempt([&] { if (masks_.is_fixed()) picture_size(masks_.mask_of({})); });
    attempt([&] { if (sketches_.is_fixed()) picture_size(sketches_.mask_of({})); });
    attempt([&] { check_mask_source(); });
    attempt([&] { check_idle_settings(); });
    attempt([&] { check_output_folder(asked_); });
    attempt([&] { check_tiling(asked_); });
    attempt([&] { if (!options_.upscale) settle_upscaler(); });
    attempt([&] { if (options_.model) find_model_and_vae(); });
  }

  template <typename F>
  void attempt(F f) {
    try {
      f();
    } catch (const Error& error) {
      plan_.errors.push_back(error);
    }
  }

  /// What all jobs share: no "automatic", a drawn seed, no list of the other pictures.
  void settle_recipe() {
    shared_ = asked_;
    shared_.inputs.clear();
    shared_.origins.clear();
    shared_.count = 1;
    shared_.prompt = strip_comments(asked_.prompt);
    shared_.negative_prompt = strip_comments(asked_.negative_prompt);
    shared_.scheduler = resolve_scheduler(*find_sampler(asked_.sampler), *find_scheduler(asked_.scheduler)).name;
    plan_.seed_drawn = draws_seed(asked_);
    first_ = first_seeds(asked_);
  }

  /// Of a mask that is no file; a colour that is none is found by check_mask_source.
  static bool mask_source_of(const Recipe& recipe) {
    const std::string name = recipe.mask.substr(0, recipe.mask.find(':'));
    return std::any_of(mask_sources().begin(), mask_sources().end(), [&](const MaskSourceRow& row) { return row.name == name; });
  }

  void check_mask_source() const {
    try {
      find_mask_source(asked_.mask, !asked_.sketch.empty());
    } catch (const Error& error) {
      throw Error(error.kind(), error.what(), origin_of(asked_, "mask"), error.why(), error.fix());
    }
  }

  void check_idle_settings() {
    for (const IdleSetting& idle : idle_settings(asked_)) {
      if (asked_.strict)
        throw Error(ErrorKind::kRequest, idle.what, origin_of(asked_, idle.key), "warnings are errors with --strict", idle.fix + ", or leave it out");
      plan_.notes.push_back(idle.what);
    }
  }

  void check_steps() {
    const SamplerRow& sampler = *find_sampler(shared_.sampler);
    steps_ = count_steps(shared_, levels_of(sampler, scaled_linear_alphas(), shared_.quantize));
    if (steps_.run >= steps_.least) return;
    const std::string run = fmt::format("denoise {} and {} steps", shared_.denoise, shared_.steps);
    if (steps_.run > 0)
      throw Error(ErrorKind::kRequest, fmt::format("{} makes only {} step{} with {}", sampler.label, steps_.run, steps_.run > 1 ? "s" : "", run),
                  origin_of(asked_, "denoise"), fmt::format("it needs at least {}", steps_.least),
                  sampler.unipc ? "raise denoise or steps, or lower unipc_order" : "raise denoise or steps, or take another sampler");
    throw Error(ErrorKind::kRequest, fmt::format("{} makes no step with {}", sampler.label, run), origin_of(asked_, "denoise"),
                "the result would be the noised picture", "raise denoise or steps, or take another sampler");
  }

  void check_prompt() const {
    const auto network = later_syntax(shared_.prompt);
    if (!network) return;
    throw Error(ErrorKind::kRequest, fmt::format("the prompt asks for \"{}\"", *network), origin_of(asked_, "prompt"),
                "redraw loads no LoRA, hypernetwork or other extra network yet", "take it out of the prompt");
  }

  void find_model_and_vae() {
    plan_.model_path = find_model(asked_);
    shared_.model = plan_.model_path.string();
    if (!asked_.vae.empty() && !is_there(asked_.vae))
      throw Error(ErrorKind::kModel, fmt::format("there is no VAE file \"{}\"", asked_.vae), origin_of(asked_, "vae"),
                  "vae takes the path of a .safetensors file", "check the path, or leave vae out");
  }

  void settle_upscaler() {
    if (const UpscalerChoice choice = find_upscaler(asked_, "upscaler"); choice.is_network()) shared_.upscaler = choice.file.string();
    if (!asked_.upscaler_2.empty())
      throw Error(ErrorKind::kRequest, "upscaler_2 is for redraw upscale", origin_of(asked_, "upscaler_2"), "a picture that is redrawn is enlarged by one upscaler",
                  "leave it out, or enlarge first: redraw upscale INPUT");
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
      std::optional<Job> job = job_of(inputs[i]);
      const Seeds first = job ? Seeds{job->seed, first_.variation_seed} : Seeds();
      for (int variant = 0; job && variant < asked_.count; ++variant) {
        set_seeds(*job, count_on(first, asked_.variation_strength, counted_number(i, variant)));
        plan_.jobs.push_back(*job);
        requests.push_back({&inputs[i], number_of(i, variant) + 1, variant + 1});
      }
    }
    place_outputs(asked_, inputs, requests, plan_);
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

  std::optional<Job> job_of(const Input& input) {
    try {
      Job job;
      job.mask_path = find_companion(masks_, input);
      job.sketch_path = find_companion(sketches_, input);
      job.recipe = shared_;
      job.recipe.inputs = {input.path.string()};
      if (!mask_source_) job.recipe.mask = job.mask_path.string();
      job.recipe.sketch = job.sketch_path.string();
      job.input_path = input.path;
      job.seed = seed_of_picture(asked_, first_.seed, input);
      job.steps_run = steps_.run;
      job.steps_total = img2img_steps(shared_.steps, shared_.denoise, shared_.exact_steps).total;
      job.source_size = picture_size(input.path);
      if (options_.upscale) set_upscaled_size(job);
      else set_sizes(job);
      check_mask(job);
      check_sketch(job);
      return job;
    } catch (const Error& error) {
      plan_.failures.push_back({input.path, error});
      return std::nullopt;
    }
  }

  /// A missing or ambiguous mask is a mistake of the request, not of the picture.
  std::filesystem::path find_companion(MaskFinder& finder, const Input& input) {
    try {
      return finder.mask_of(input.path);
    } catch (const Error& error) {
      plan_.errors.push_back(error);
      throw;
    }
  }

  static void set_upscaled_size(Job& job) {
    job.work_size = job.target_size = asked_size(job.recipe, job.source_size);
    constexpr int kMostPixels = 65500;  // of a side, in one file
    if (job.target_size.width <= kMostPixels && job.target_size.height <= kMostPixels) return;
    throw Error(ErrorKind::kRequest, fmt::format("\"{}\" would become {}x{}", job.input_path.string(), job.target_size.width, job.target_size.height),
                job.input_path.string(), fmt::format("a side has {} pixels at most", kMostPixels), "give a smaller --size or --scale");
  }

  static void set_sizes(Job& job) {
    const bool crop = job.only_masked();
    const Size asked = asked_size(job.recipe, job.source_size);
    job.target_size = crop ? job.source_size : asked;
    job.work_size = {round_up_to_8(asked.width), round_up_to_8(asked.height)};
    if (static_cast<long long>(job.work_size.width) * job.work_size.height <= kMaxWorkPixels) return;
    throw Error(ErrorKind::kRequest,
                fmt::format("\"{}\" would be redrawn at {}x{}", job.input_path.string(), asked.width, asked.height),
                job.input_path.string(), "the model sees at most 16.7 megapixels (4096x4096) at once",
                "give a smaller --size or --scale, or a mask with --inpaint-area only_masked");
  }

  void check_mask(const Job& job) {
    if (job.mask_path.empty()) return;
    const Size mask = picture_size(job.mask_path);
    if (mask == job.source_size) return;
    const std::string what =
        fmt::format("the mask \"{}\" is {}x{}, the picture {}x{}", job.mask_path.string(), mask.width, mask.height,
                    job.source_size.width, job.source_size.height);
    const bool crop = job.recipe.inpaint_area == InpaintArea::kOnlyMasked;
    if (crop || asked_.strict)
      throw Error(ErrorKind::kRequest, what, job.mask_path.string(),
                  crop ? "only_masked needs a mask of the picture's size to know the place"
                       : "warnings are errors with --strict",
                  "resize the mask" + std::string(crop ? ", or use --inpaint-area whole_picture" : ""));
    plan_.notes.push_back(what + ": it is resized");
  }

  void check_sketch(const Job& job) const {
    if (job.sketch_path.empty()) return;
    const Size sketch = picture_size(job.sketch_path);
    if (sketch == job.source_size) return;
    throw Error(ErrorKind::kRequest,
                fmt::format("the sketch \"{}\" is {}x{}, the picture {}x{}", job.sketch_path.string(), sketch.width,
                            sketch.height, job.source_size.width, job.source_size.height),
                job.sketch_path.string(), "strokes have their place only at the picture's size",
                "draw them on a layer of the picture's size");
  }

  const Recipe& asked_;
  const PlanOptions options_;
  bool mask_source_;
  MaskFinder masks_, sketches_;
  Recipe shared_;
  StepCount steps_{0, 0};
  Seeds first_;
  Plan plan_;
};

}  // namespace

Size asked_size(const Recipe& recipe, Size source) {
  if (recipe.scale) return {side_of(source.width * *recipe.scale), side_of(source.height * *recipe.scale)};
  if (recipe.width && recipe.height) return {*recipe.width, *recipe.height};
  const double ratio = static_cast<double>(source.width) / source.height;
  if (recipe.width) return {*recipe.width, side_of(std::round(*recipe.width / ratio))};
  if (recipe.height) return {side_of(std::round(*recipe.height * ratio)), *recipe.height};
  return source;
}

Plan make_plan(const Recipe& recipe, const PlanOptions& options) { return Planner(recipe, options).make(); }

}  // namespace redraw
