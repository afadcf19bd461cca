// Golden rows of the pipeline on stand-ins for the networks: masked content, whole runs, soft inpainting.
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <map>

#include "canvas/overlay.h"
#include "canvas/prepare.h"
#include "image/color.h"
#include "image/composite.h"
#include "pipeline/pixels.h"
#include "pipeline/stages.h"
#include "schedule/samplers.h"
#include "support/stand_ins.h"

namespace redraw::golden {
namespace {

MaskedContent content_of(const std::string& label) {
  static const std::map<std::string, MaskedContent> kContents = {{"original", MaskedContent::kOriginal},
                                                                 {"fill", MaskedContent::kFill},
                                                                 {"latent noise", MaskedContent::kLatentNoise},
                                                                 {"latent nothing", MaskedContent::kLatentNothing}};
  return kContents.at(label);
}

/// One picture of a case on its way through the program's own stages.
struct Run {
  Job job;
  Image source;
  std::optional<Image> mask;
  Prepared prepared;

  Run(const Case& c, std::int64_t seed) : source(c.image(c.inputs.at("image"))) {
    const Json& in = c.inputs;
    if (in.contains("mask") && !in.at("mask").is_null()) mask = c.image(in.at("mask"));
    Recipe& recipe = job.recipe;
    recipe.rng = in.value("rng", "CPU") == "NV" ? Rng::kNv : Rng::kCpu;
    recipe.mask = mask ? "mask.png" : "";
    recipe.resize_mode = static_cast<ResizeMode>(in.value("resize_mode", 0));
    recipe.mask_mode = in.value("invert_mask", false) ? MaskMode::kNotMasked : MaskMode::kMasked;
    recipe.mask_blur_x = in.value("mask_blur_x", 4);
    recipe.mask_blur_y = in.value("mask_blur_y", 4);
    recipe.masked_content = content_of(in.value("masked_content", "original"));
    recipe.inpaint_area = in.value("only_masked", false) ? InpaintArea::kOnlyMasked : InpaintArea::kWholePicture;
    recipe.padding = in.value("padding", 32);
    recipe.color_correction = in.value("color_correction", false);
    recipe.soft_inpainting = !in.value("mask_round", !in.contains("settings"));
    job.seed = seed;
    job.source_size = source.size();
    job.work_size = {in.at("width"), in.at("height")};
    job.target_size = job.only_masked() ? source.size() : job.work_size;
    prepared = prepare(job, source, mask);
    if (!prepared.crop_region) job.target_size = job.work_size;  // an empty mask: redrawn whole, as batch/load does it
  }
  EngineTask task() const { return {&job, &prepared}; }
};

/// Compares a picture where the case expects one (or none) of this name.
Failure check_image(const Case& c, const char* name, const std::optional<Image>& got, const Json& tolerance) {
  if (!c.expected.contains(name)) return "";
  const Json& file = c.expected.at(name);
  if (file.is_null() || !got) return file.is_null() && !got ? "" : std::string(name) + " is there or not";
  const Failure failure = compare(*got, c.image(file), tolerance);
  return failure.empty() ? failure : std::string(name) + ": " + failure;
}

Failure check_tensor(const Case& c, const char* name, const std::optional<at::Tensor>& got, const Json& tolerance) {
  if (!c.expected.contains(name)) return "";
  const Json& file = c.expected.at(name);
  if (file.is_null() || !got) return file.is_null() && !got ? "" : std::string(name) + " is there or not";
  const Failure failure = compare(*got, c.array(file), tolerance);
  return failure.empty() ? failure : std::string(name) + ": " + failure;
}

Failure check_paste_to(const Case& c, const Prepared& prepared) {
  Json paste;
  if (const auto& p = prepared.paste_to) paste = Json::array({p->x1, p->y1, p->width(), p->height()});
  const Failure failure = compare(paste, c.expected.value("paste_to", Json()));
  return failure.empty() ? failure : "paste_to: " + failure;
}

Failure first_of(std::initializer_list<Failure> failures) {
  for (const Failure& failure : failures)
    if (!failure.empty()) return failure;
  return "";
}

/// The latent mask as the vectors hold it: [h, w], the same for every picture and channel.
std::optional<at::Tensor> plane_of(const std::optional<at::Tensor>& latent_mask) {
  if (!latent_mask) return std::nullopt;
  return (*latent_mask)[0][0];
}

std::optional<at::Tensor> inverse(const std::optional<at::Tensor>& mask) {
  if (!mask) return std::nullopt;
  return 1 - *mask;
}

Failure masked_content_row(const Case& c) {
  const c10::InferenceMode guard;
  std::vector<Run> runs;
  for (const Json& seed : c.inputs.at("seeds")) runs.emplace_back(c, seed.get<std::int64_t>());
  std::vector<EngineTask> tasks;
  for (const Run& run : runs) tasks.push_back(run.task());
  const StandIn model = fixed_model(to_tensor(c.array(c.inputs.at("latent"))));
  ImageNoise noise(c.inputs.at("seeds").get<std::vector<std::int64_t>>(), noise_shape(model, tasks),
                   noise_rules(runs[0].job.recipe));
  const Latents latents = encode(model, tasks, noise);
  const Json masks = c.tolerance.value("latent_masks", Json::object());
  const auto nmask = plane_of(latents.latent_mask);
  Failure latent = compare(latents.init_latent, c.array(c.expected.at("init_latent")), c.tolerance.at("init_latent"));
  return first_of({check_image(c, "encoder_input", runs[0].prepared.init_image, c.tolerance.at("encoder_input")),
                   check_tensor(c, "nmask", nmask, masks), check_tensor(c, "mask", inverse(nmask), masks),
                   latent.empty() ? latent : "init_latent: " + latent});
}

Failure latent_upscale_row(const Case& c) {
  const c10::InferenceMode guard;
  Job job;
  job.recipe.resize_mode = ResizeMode::kLatent;
  job.work_size = {c.inputs.at("width"), c.inputs.at("height")};
  Prepared prepared;
  prepared.init_image = Image(8, 8, 3);  // whatever it is, it becomes the latent of the case
  const EngineTask task{&job, &prepared};
  const StandIn model = fixed_model(to_tensor(c.array(c.inputs.at("latent"))));
  ImageNoise noise({0}, noise_shape(model, {&task, 1}));
  return compare(encode(model, {&task, 1}, noise).init_latent, c.array(c.expected.at("init_latent")),
                 c.tolerance.at("init_latent"));
}

/// What the samplers "identity" and "negate" end with, outside the mask the initial latent.
at::Tensor stand_in_sampler(const std::string& name, const Latents& latents) {
  const at::Tensor samples = name == "negate" ? -latents.init_latent : latents.init_latent;
  if (!latents.latent_mask) return samples;
  return samples * *latents.latent_mask + latents.init_latent * (1 - *latents.latent_mask);
}

Failure end_to_end_row(const Case& c) {
  const c10::InferenceMode guard;
  const Run run(c, 0);
  if (c.inputs.at("vae") != "unshuffle") throw Skip{"a whole run on another autoencoder than unshuffle"};
  if (run.job.recipe.soft_inpainting) throw Skip{"mask_round is off with soft inpainting alone"};
  const StandIn model = unshuffle_model();
  const EngineTask task = run.task();
  ImageNoise noise({0}, noise_shape(model, {&task, 1}));
  const Latents latents = encode(model, {&task, 1}, noise);
  const at::Tensor latent = stand_in_sampler(c.inputs.at("sampler"), latents);
  const Generated generated = finish(model, {&task, 1}, latents, latent)[0];
  std::int64_t changed = 0;
  const Image result = paste_back(run.prepared, run.job, generated, &changed);
  const auto nmask = plane_of(latents.latent_mask);
  const Json images = c.tolerance.at("images"), masks = c.tolerance.value("latent_masks", Json::object());
  return first_of({check_paste_to(c, run.prepared), check_image(c, "overlay", run.prepared.overlay, images),
                   check_image(c, "encoder_input", run.prepared.init_image, images),
                   check_tensor(c, "nmask", nmask, masks), check_tensor(c, "mask", inverse(nmask), masks),
                   check_image(c, "generated", generated.image, images),
                   check_image(c, "color_corrected", correct_colors(generated.image, run.prepared.init_image),
                               c.tolerance.value("color_corrected", images)),
                   check_image(c, "image", result, c.tolerance.value("image", images)),
                   changed == 0 ? "" : std::to_string(changed) + " pixels changed outside the mask"});
}

void set_sampling(const Json& in, Recipe& recipe) {
  const Json& s = in.at("settings");
  recipe.soft = {s.at("schedule_bias"), s.at("preservation_strength"), s.at("transition_contrast_boost"),
                 s.at("mask_influence"), s.at("difference_threshold"), s.at("difference_contrast")};
  const SamplerRow* sampler = find_sampler(in.at("sampler").get<std::string>());
  const SchedulerRow* scheduler = find_scheduler(in.at("scheduler").get<std::string>());
  if (sampler == nullptr || scheduler == nullptr) throw Skip{"sampler or scheduler is not built yet"};
  recipe.sampler = sampler->name;
  recipe.scheduler = scheduler->name;
  recipe.steps = in.at("steps");
  recipe.denoise = in.at("denoising_strength");
  recipe.cfg_scale = in.at("cfg_scale");
}

/// The shift of a text as the context that the stand-in takes, [1, 1, 4].
TextVectors context_of(const Json& shift) { return {rows_of(Json::array({shift})).unsqueeze(0), {}}; }

Failure soft_end_to_end_row(const Case& c) {
  const c10::InferenceMode guard;
  Run run(c, c.inputs.at("seed"));
  set_sampling(c.inputs, run.job.recipe);
  if (c.inputs.at("vae") != "pool") throw Skip{"a soft run on another autoencoder than pool"};
  const Json& spec = c.inputs.at("denoiser");
  const Mixture mixture(to_tensor(c.array(spec.at("means"))), spec.at("std"));
  const StandIn model = pool_model(&mixture);
  const EngineTask task = run.task();
  const NoiseRules rules = noise_rules(run.job.recipe);
  ImageNoise content({run.job.seed}, noise_shape(model, {&task, 1}), rules),
      noise({run.job.seed}, noise_shape(model, {&task, 1}), rules);
  const Latents latents = encode(model, {&task, 1}, content);
  const int steps = run.job.recipe.steps;
  const ContextSchedule cond = {{steps, context_of(c.inputs.at("cond"))}},
                        uncond = {{steps, context_of(c.inputs.at("uncond"))}};
  const Conditioning conditioning{{{{1.0, cond}}}, {uncond}};
  const at::Tensor latent = denoise(model, {&task, 1}, latents, conditioning, noise, {});
  const Generated generated = finish(model, {&task, 1}, latents, latent)[0];
  if (!generated.overlay_mask) return "soft inpainting gave no mask for the overlay";
  std::int64_t changed = 0;
  const Image result = paste_back(run.prepared, run.job, generated, &changed);
  const Json& t = c.tolerance;
  return first_of({check_paste_to(c, run.prepared),
                   check_tensor(c, "latent_nmask", plane_of(latents.latent_mask), t.at("latent_nmask")),
                   check_tensor(c, "init_latent", latents.init_latent, t.at("init_latent")),
                   check_tensor(c, "samples", latent, t.at("samples")),
                   check_image(c, "generated", generated.image, t.at("images")),
                   check_image(c, "overlay", make_overlay(run.prepared.base, *generated.overlay_mask), t.at("images")),
                   check_image(c, "image", result, t.at("images")),
                   changed == 0 ? "" : std::to_string(changed) + " pixels changed outside the mask"});
}

Failure inpainting_conditioning_row(const Case& c) {
  const c10::InferenceMode guard;
  Job job;
  job.recipe.inpainting_mask_weight = c.inputs.at("weight");
  job.recipe.soft_inpainting = !c.inputs.at("mask_round");
  Prepared prepared;
  prepared.init_image = c.image(c.inputs.at("image"));
  if (!c.inputs.at("blurred_mask").is_null()) prepared.latent_mask = c.image(c.inputs.at("blurred_mask"));
  const std::vector<EngineTask> tasks(c.inputs.at("batch_size"), EngineTask{&job, &prepared});
  const StandIn model = pool_model(nullptr).with_in_channels(9);
  ImageNoise noise(std::vector<std::int64_t>(tasks.size()), noise_shape(model, tasks));
  const Latents latents = encode(model, tasks, noise);
  return compare(latents.image_condition, c.array(c.expected.at("conditioning")), c.tolerance);
}

Failure decoded_row(const Case& c) {
  return compare(tensor_to_image(to_tensor(c.array(c.inputs.at("decoded")))), c.image(c.expected.at("image")),
                 c.tolerance);
}

}  // namespace

std::vector<Row> pixel_rows() {
  return {{"masked_content", masked_content_row}, {"latent_upscale", latent_upscale_row},
          {"img2img_end_to_end", end_to_end_row}, {"soft_inpainting_end_to_end", soft_end_to_end_row},
          {"decoded_to_image", decoded_row}, {"inpainting_conditioning", inpainting_conditioning_row}};
}

}  // namespace redraw::golden
