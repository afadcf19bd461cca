// redraw preview: what the main job would do to each picture, as a picture; no model is loaded.
#include <fmt/format.h>

#include "base/files.h"
#include "base/report.h"
#include "base/text.h"
#include "batch/interrupt.h"
#include "batch/load.h"
#include "batch/outputs.h"
#include "batch/run_plan.h"
#include "canvas/preview.h"
#include "cli/commands.h"
#include "image/png.h"
#include "image/read.h"
#include "recipe/stages.h"
#include "schedule/samplers.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

/// "[stem].png" -> "[stem].preview.png", so that the results can lie beside it. Another suffix stays, for
/// the plan to refuse.
std::string preview_name(const std::string& name) {
  const bool png = to_lower(fs::path(name).extension().string()) == ".png";
  if (!png && has_picture_suffix(name)) return name;
  return (png ? name.substr(0, name.size() - 4) : name) + ".preview.png";
}

std::string size_text(Size size) { return fmt::format("{}x{}", size.width, size.height); }

std::string footer_of(const Job& job, bool seed_drawn, const std::string& note) {
  const Recipe& recipe = job.recipe;
  std::string text = fmt::format("{}: {}, result {}, model {}", job.input_path.string(), size_text(job.source_size),
                                 size_text(job.target_size), size_text(job.work_size));
  text += fmt::format("\n{}, {}, steps {} of {}, denoise {}, cfg {}", find_sampler(recipe.sampler)->label,
                      find_scheduler(recipe.scheduler)->label, job.steps_run, job.steps_total, recipe.denoise,
                      recipe.cfg_scale);
  text += seed_drawn ? ", seed drawn in the run" : fmt::format(", seed {}", job.seed);
  if (recipe.soft_inpainting) text += ", soft inpainting";
  return note.empty() ? text : text + "\n" + note;
}

void write_preview(const Job& job, const Loaded& loaded, bool seed_drawn) {
  const Files files = read_files(job);
  const Canvas canvas = make_canvas(job.recipe, files.source, files.mask, files.sketch);
  const auto panels = preview_panels(job, canvas, loaded.prepared);
  const Image picture = draw_preview(panels, footer_of(loaded.job, seed_drawn, loaded.note));
  make_folder(job.output_path.parent_path());
  const WritingGuard guard;
  write_file_atomically(job.output_path, encode_png(picture, {}));
}

Result preview(const Job& job, const Plan& plan, Progress& progress) {
  Result result;
  const Loaded loaded = load(job);
  result.error = loaded.error;
  if (result.error) return result;
  if (!loaded.note.empty()) progress.note(loaded.note);
  try {
    write_preview(job, loaded, plan.seed_drawn);
    result.output_path = job.output_path;
  } catch (const Error& error) {
    result.error = error;
  }
  return result;
}

std::vector<Result> preview_all(const Plan& plan, Progress& progress) {
  std::vector<Result> results(plan.jobs.size());
  for (std::size_t i = 0; i < results.size() && !InterruptGuard::interrupted(); ++i) {
    results[i] = preview(plan.jobs[i], plan, progress);
    progress.finished(plan.jobs[i], results[i]);
  }
  return results;
}

int preview_recipe(const Recipe& asked, const RunOptions& options) {
  Recipe recipe = asked;
  recipe.name = preview_name(asked.name);
  recipe.count = 1;  // variants differ in their seeds alone
  if (!recipe.stages.empty()) {
    std::vector<Error> errors;
    const std::size_t stages = recipe.stages.size();
    recipe = stage_recipes(recipe, errors)[0];
    if (!errors.empty()) return report_errors(errors);
    if (!options.quiet && stages > 1)
      fmt::print(stderr, "redraw: stage 1 of {} is shown; what a later one is given, no model has made yet\n", stages);
  }
  return run_work(recipe, options, {.model = false}, preview_all);
}

}  // namespace

int preview_pictures(const std::vector<std::string>& args) { return run_request(args, preview_recipe); }

}  // namespace redraw
