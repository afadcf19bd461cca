// Plan text: the plan for --dry-run, as lines or JSON.
#include "batch/plan_text.h"

#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "batch/batches.h"
#include "batch/estimate.h"
#include "batch/events.h"
#include "batch/planned_crops.h"
#include "batch/progress.h"
#include "recipe/infotext.h"
#include "schedule/samplers.h"

namespace redraw {
namespace {

using Json = nlohmann::ordered_json;

std::string size_text(Size size) { return fmt::format("{}x{}", size.width, size.height); }

Json crop_json(const PlannedCrop& crop) {
  const auto& r = crop.region;
  return r ? Json{r->x1, r->y1, r->x2, r->y2} : Json(crop.why_not);
}

std::string crop_text(const PlannedCrop& crop) {
  const auto& r = crop.region;
  return r ? fmt::format("{}x{} at {},{}", r->width(), r->height(), r->x1, r->y1) : crop.why_not;
}

std::string bytes_text(double bytes) {
  return bytes >= 1e9 ? fmt::format("{:.1f} GB", bytes / 1e9) : fmt::format("{:.0f} MB", bytes / 1e6);
}

std::string estimate_text(const Estimate& guess) {
  return fmt::format("about {} on {} ({}), {} of memory at a time, {} for pictures\n", clock_text(guess.seconds),
                     guess.device,
                     guess.measured ? "as fast as the last run here" : "rough: nothing was measured here yet",
                     bytes_text(guess.memory_bytes), bytes_text(guess.host_bytes));
}

Json estimate_json(const std::optional<Estimate>& guess) {
  if (!guess) return {};
  return {{"seconds", guess->seconds}, {"measured", guess->measured}, {"device", guess->device},
          {"memory_bytes", guess->memory_bytes}, {"host_bytes", guess->host_bytes}};
}

/// Without a size it is the upscaler that decides.
std::string upscaled_size_text(const Job& job) {
  const Recipe& recipe = job.recipe;
  const bool asked = recipe.scale || recipe.width || recipe.height;
  return asked ? size_text(job.target_size) : "as many times larger as the upscaler makes it";
}

std::string upscale_plan_text(const Plan& plan) {
  std::string text;
  for (const Job& job : plan.jobs)
    text += fmt::format("{} <- {}\n  size {} -> {}\n", printable(job.output_path.string()),
                        printable(job.input_path.string()), size_text(job.source_size), upscaled_size_text(job));
  for (const auto& output : plan.skipped)
    text += fmt::format("{} is there already: skipped\n", printable(output.string()));
  return text + fmt::format("{} to write, {} skipped, {} failed\n", plan.jobs.size(), plan.skipped.size(),
                            plan.failures.size());
}

std::string facts_text(const Job& job, const PlannedCrops& crops) {
  std::string text = fmt::format("  size {} -> {}, model {}", size_text(job.source_size), size_text(job.target_size),
                      size_text(job.work_size));
  if (job.has_mask()) text += fmt::format(", mask {}", printable(job.recipe.mask));
  if (!job.sketch_path.empty()) text += fmt::format(", sketch {}", printable(job.sketch_path.string()));
  if (job.only_masked()) text += fmt::format(", crop {}", crop_text(crops.at(&job)));
  text += fmt::format(", steps {} of {}, seed {}\n", job.steps_run, job.steps_total, job.seed);
  return job.own.empty() ? text : text + fmt::format("  of its own: {}\n", printable(job.own));
}

std::string stage_text(const Job& job, const PlannedCrops& crops) {
  return fmt::format("  stage {}: denoise {}\n  ", job.stage + 1, job.recipe.denoise) + facts_text(job, crops);
}

std::string job_text(const Job& job, const PlannedCrops& crops) {
  std::string text = fmt::format("{} <- {}\n", printable(job.output_path.string()), printable(job.input_path.string()));
  for (const Job& stage : job.before) text += stage_text(stage, crops);
  return text + (job.before.empty() ? facts_text(job, crops) : stage_text(job, crops));
}

Json job_json(const Job& job, const PlannedCrops& crops) {
  const auto size = [](Size s) { return Json{s.width, s.height}; };
  Json json = {{"input", job.input_path.string()}, {"output", job.output_path.string()},
               {"source_size", size(job.source_size)}, {"target_size", size(job.target_size)},
               {"work_size", size(job.work_size)}, {"steps_run", job.steps_run},
               {"steps_total", job.steps_total}, {"seed", job.seed}};
  if (job.has_mask()) json["mask"] = job.recipe.mask;
  if (!job.sketch_path.empty()) json["sketch"] = job.sketch_path.string();
  if (job.only_masked()) json["crop_region"] = crop_json(crops.at(&job));
  for (const LoraUse& lora : job.loras)
    json["loras"].push_back({{"name", lora.name},
                             {"path", lora.path.string()},
                             {"text_weight", lora.text_weight},
                             {"unet_weight", lora.unet_weight}});
  for (const EmbeddingUse& embedding : job.embeddings)
    json["embeddings"].push_back({{"name", embedding.name}, {"path", embedding.path.string()}});
  for (const Job& stage : job.before) json["stages"].push_back(job_json(stage, crops));
  if (!job.own.empty()) json["own_settings"] = job.own;
  return json;
}

std::string values_text(const SweepAxis& axis) {
  std::string text;
  for (const SweepValue& value : axis.values) text += (text.empty() ? "" : " | ") + value.text;
  return text;
}

/// Of a plan without a sweep: what all pictures have in common.
std::string settings_text(const Plan& plan) {
  const Recipe& shared = plan.jobs[0].recipe;
  if (plan.axes.empty())
    return fmt::format("sampler {}, schedule {}, denoise {}, cfg {}\n", find_sampler(shared.sampler)->label,
                       find_scheduler(shared.scheduler)->label, shared.denoise, shared.cfg_scale);
  std::string text = fmt::format("{} cells for each picture\n", count_cells(plan.axes));
  for (const SweepAxis& axis : plan.axes)
    text += fmt::format("sweep {}: {}\n", printable(axis.title), printable(values_text(axis)));
  return text;
}

Json sweep_json(const Plan& plan) {
  Json axes = Json::array();
  for (const SweepAxis& axis : plan.axes) {
    Json values = Json::array();
    for (const SweepValue& value : axis.values) values.push_back(value.text);
    axes.push_back({{"setting", axis.title}, {"values", std::move(values)}});
  }
  return axes;
}

/// Pictures by work size, and model calls where the batch is given.
Json groups_json(const Recipe& recipe, const Plan& plan) {
  std::map<std::string, std::size_t> pictures, calls;
  for (const Job& job : plan.jobs) ++pictures[size_text(job.work_size)];
  if (recipe.batch > 0)
    for (const auto& batch : make_batches(plan.jobs, [&](Size) { return recipe.batch; }))
      ++calls[size_text(plan.jobs[batch[0]].work_size)];
  Json groups = Json::array();
  for (const auto& [size, count] : pictures) {
    groups.push_back({{"work_size", size}, {"pictures", count}});
    if (recipe.batch > 0) groups.back()["model_calls"] = calls[size];
  }
  return groups;
}

std::string group_text(const Json& group) {
  const std::string calls = group.contains("model_calls")
                                ? fmt::format("in {} model calls", group["model_calls"].get<std::size_t>())
                                : "in batches that the device decides";
  return fmt::format("  {} at {} {}\n", group["pictures"].get<std::size_t>(), group["work_size"].get<std::string>(),
                     calls);
}

}  // namespace

std::string plan_as_text(const Recipe& recipe, const Plan& plan) {
  if (plan.upscale) return upscale_plan_text(plan);
  std::string text;
  const auto crops = planned_crops(plan);
  for (const Job& job : plan.jobs) text += job_text(job, crops);
  for (const auto& output : plan.skipped)
    text += fmt::format("{} is there already: skipped\n", printable(output.string()));
  text += fmt::format("{} to write, {} skipped, {} failed\n", plan.jobs.size(), plan.skipped.size(),
                      plan.failures.size());
  for (const Json& group : groups_json(recipe, plan)) text += group_text(group);
  if (plan.jobs.empty()) return text;
  const Recipe& shared = plan.jobs[0].recipe;
  if (!plan.model_path.empty()) text += fmt::format("model {}\n", shared.model);
  for (const LoraUse& lora : plan.jobs[0].loras)
    text += fmt::format("lora {} from {}\n", text_of(lora), lora.path.string());
  for (const EmbeddingUse& embedding : plan.jobs[0].embeddings)
    text += fmt::format("embedding {} from {}\n", embedding.name, embedding.path.string());
  text += settings_text(plan);
  if (const auto guess = estimate(recipe, plan)) text += estimate_text(*guess);
  if (plan.seed_drawn) text += "the seed was drawn; another run draws another one\n";
  return text;
}

std::string plan_as_json(const Recipe& recipe, const Plan& plan) {
  Json json = {{"jobs", Json::array()},
               {"skipped", Json::array()},
               {"failed", Json::array()},
               {"errors", Json::array()},
               {"notes", plan.notes}};
  for (const Error& error : plan.errors) json["errors"].push_back(error_json(error));
  const auto crops = planned_crops(plan);
  for (const Job& job : plan.jobs) json["jobs"].push_back(job_json(job, crops));
  for (const auto& output : plan.skipped) json["skipped"].push_back(output.string());
  for (const PictureError& failure : plan.failures)
    json["failed"].push_back({{"input", failure.input.string()}, {"error", failure.error.what()}});
  json["estimate"] = estimate_json(plan.model_path.empty() ? std::nullopt : estimate(recipe, plan));
  json["groups"] = groups_json(recipe, plan);
  json["model"] = plan.model_path.string();
  json["seed_drawn"] = plan.seed_drawn;
  if (!plan.axes.empty()) json["sweep"] = sweep_json(plan);
  if (!plan.jobs.empty()) {
    json["sampler"] = plan.jobs[0].recipe.sampler;
    json["scheduler"] = plan.jobs[0].recipe.scheduler;
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace redraw
