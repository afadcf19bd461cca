// Plan checks: what a recipe or a picture cannot be redrawn with, in words.
#include "batch/plan_checks.h"

#include <fmt/format.h>

#include "batch/paths.h"
#include "batch/resume.h"
#include "canvas/mask_sources.h"
#include "image/read.h"
#include "schedule/samplers.h"

namespace redraw {

void check_limits(const Recipe& asked, const Recipe& settled) {
  const Floats alphas = scaled_linear_alphas();
  const bool stretched = settled.noise_schedule == NoiseSchedule::kZeroTerminalSnr;
  const NoiseLevels levels(stretched ? zero_terminal_snr(alphas) : alphas);
  const double low = settled.sigma_min != 0 ? settled.sigma_min : levels.sigma_min();
  const double high = settled.sigma_max != 0 ? settled.sigma_max : levels.sigma_max();
  if (low < high) return;
  throw Error(ErrorKind::kRequest, fmt::format("the schedule cannot go from {:.4g} down to {:.4g}", high, low),
              origin_of(asked, settled.sigma_min != 0 ? "sigma_min" : "sigma_max"),
              "noise has to fall from step to step",
              fmt::format("keep sigma_min below sigma_max; the model's own are about {:.3g} and {:.3g}",
                          levels.sigma_min(), levels.sigma_max()));
}

StepCount checked_steps(const Recipe& asked, const Recipe& settled) {
  const SamplerRow& sampler = *find_sampler(settled.sampler);
  const StepCount steps = count_steps(settled, levels_of(sampler, scaled_linear_alphas(), settled.quantize));
  if (steps.run >= steps.least) return steps;
  const std::string run = fmt::format("denoise {} and {} steps", settled.denoise, settled.steps);
  if (steps.run > 0)
    throw Error(ErrorKind::kRequest,
                fmt::format("{} makes only {} step{} with {}", sampler.label, steps.run, steps.run > 1 ? "s" : "", run),
                origin_of(asked, "denoise"), fmt::format("it needs at least {}", steps.least),
                sampler.unipc ? "raise denoise or steps, or lower unipc_order"
                              : "raise denoise or steps, or take another sampler");
  throw Error(ErrorKind::kRequest, fmt::format("{} makes no step with {}", sampler.label, run),
              origin_of(asked, "denoise"), "the result would be the noised picture",
              "raise denoise or steps, or take another sampler");
}

void check_shard(const Recipe& asked, const Shard& shard) {
  if (shard.is_all() || asked.existing != Existing::kRename) return;
  throw Error(ErrorKind::kRequest, "existing: rename and a shard do not go together", origin_of(asked, "existing"),
              "machines that run at the same time would take each other's names",
              "use --resume, or --existing skip or overwrite");
}

void check_prompts(const Recipe& asked, const Recipe& settled) {
  for (const char* key : {"prompt", "negative_prompt"}) {
    const std::string& text = key[0] == 'p' ? settled.prompt : settled.negative_prompt;
    if (text.find('\0') != std::string::npos)
      throw Error(ErrorKind::kRequest, fmt::format("the {} holds a NUL character", key), origin_of(asked, key),
                  "it is no text", "take the character out, or name another file");
  }
}

void check_mask_source(const Recipe& asked) {
  try {
    find_mask_source(asked.mask, !asked.sketch.empty());
  } catch (const Error& error) {
    throw Error(error.kind(), error.what(), origin_of(asked, "mask"), error.why(), error.fix());
  }
}

void check_no_resume(const Recipe& asked) {
  if (!is_resumed(asked)) return;
  throw Error(ErrorKind::kRequest, "an upscaled picture is not resumed", origin_of(asked, "existing"),
              "it has no ledger", "take --existing skip, which leaves out what is there");
}

std::string check_mask_size(const Job& job, bool strict) {
  if (job.mask_path.empty()) return "";
  const Size mask = picture_size(job.mask_path);
  if (mask == job.source_size) return "";
  const std::string what =
      fmt::format("the mask \"{}\" is {}x{}, the picture {}x{}", job.mask_path.string(), mask.width, mask.height,
                  job.source_size.width, job.source_size.height);
  const bool crop = job.recipe.inpaint_area == InpaintArea::kOnlyMasked;
  if (crop || strict)
    throw Error(ErrorKind::kRequest, what, job.mask_path.string(),
                crop ? "only_masked needs a mask of the picture's size to know the place"
                     : "warnings are errors with --strict",
                "resize the mask" + std::string(crop ? ", or use --inpaint-area whole_picture" : ""));
  return what + ": it is resized";
}

void check_sketch_size(const Job& job) {
  if (job.sketch_path.empty()) return;
  const Size sketch = picture_size(job.sketch_path);
  if (sketch == job.source_size) return;
  throw Error(ErrorKind::kRequest,
              fmt::format("the sketch \"{}\" is {}x{}, the picture {}x{}", job.sketch_path.string(), sketch.width,
                          sketch.height, job.source_size.width, job.source_size.height),
              job.sketch_path.string(), "strokes have their place only at the picture's size",
              "draw them on a layer of the picture's size");
}

}  // namespace redraw
