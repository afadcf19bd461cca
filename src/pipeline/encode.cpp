// Stage 3: VAE encode, the mask at latent size, and what stands under it at the start.
#include <ATen/ATen.h>

#include "pipeline/pixels.h"
#include "pipeline/stages.h"
#include "pipeline/vae_run.h"

namespace redraw {
namespace {

/// Resize mode latent: each picture is encoded in its own size, and its latent is resized.
VaeResult encode_then_resize(const Model& model, std::span<const EngineTask> tasks) {
  const Size size = tasks[0].job->work_size;
  const int stride = model.traits().latent_stride;
  std::vector<at::Tensor> rows;
  RowNotes notes;
  for (const EngineTask& task : tasks) {
    const Image* const image = &task.prepared->init_image;
    const VaeResult one = run_encoder(model, images_to_tensor({&image, 1}), task.job->recipe);
    rows.push_back(resize_latent(one.values, size.height / stride, size.width / stride));
    notes.push_back(one.notes[0]);
  }
  return {at::cat(rows), notes};
}

VaeResult encode_images(const Model& model, std::span<const EngineTask> tasks) {
  if (tasks[0].job->recipe.resize_mode == ResizeMode::kLatent && !tasks[0].prepared->crop_region)
    return encode_then_resize(model, tasks);
  std::vector<const Image*> images;
  for (const EngineTask& task : tasks) images.push_back(&task.prepared->init_image);
  return run_encoder(model, images_to_tensor(images), tasks[0].job->recipe);
}

/// A picture without a mask among masked ones is redrawn whole.
std::optional<at::Tensor> latent_masks(std::span<const EngineTask> tasks, const at::Tensor& latent) {
  const auto height = static_cast<int>(latent.size(2)), width = static_cast<int>(latent.size(3));
  bool any = false;
  std::vector<at::Tensor> rows;
  for (const EngineTask& task : tasks) {
    const auto& mask = task.prepared->latent_mask;
    any = any || mask.has_value();
    const bool round = !task.job->recipe.soft_inpainting;
    rows.push_back(mask ? latent_mask_of(*mask, width, height, round) : at::ones({1, height, width}));
  }
  if (!any) return std::nullopt;
  return at::stack(rows).to(latent.device());  // [N, 1, h, w]
}

at::Tensor masked_start(const at::Tensor& latent, const at::Tensor& mask,
                        std::span<const EngineTask> tasks, ImageNoise& noise) {
  const MaskedContent content = tasks[0].job->recipe.masked_content;
  if (content == MaskedContent::kLatentNoise)
    return latent * (1 - mask) + noise.next().to(latent.device()) * mask;
  if (content == MaskedContent::kLatentNothing) return latent * (1 - mask);
  return latent;
}

}  // namespace

at::Tensor resize_latent(const at::Tensor& latent, std::int64_t height, std::int64_t width) {
  return at::upsample_bilinear2d(latent, {height, width}, false);
}

NoiseRules noise_rules(const Recipe& recipe) {
  const Size from = {recipe.seed_resize_width.value_or(0), recipe.seed_resize_height.value_or(0)};
  return {recipe.rng, recipe.variation_strength, from, recipe.ensd};
}

std::vector<std::int64_t> noise_shape(const Model& model, std::span<const EngineTask> tasks) {
  const Size size = tasks[0].job->work_size;
  const int stride = model.traits().latent_stride;
  return {model.traits().latent_channels, size.height / stride, size.width / stride};
}

Latents encode(const Model& model, std::span<const EngineTask> tasks, ImageNoise& noise) {
  Latents latents;
  VaeResult encoded = encode_images(model, tasks);
  latents.init_latent = std::move(encoded.values);
  latents.notes = std::move(encoded.notes);
  latents.latent_mask = latent_masks(tasks, latents.init_latent);
  latents.image_condition = image_condition(model, tasks, latents.init_latent, &latents.notes);
  if (latents.latent_mask)
    latents.init_latent = masked_start(latents.init_latent, *latents.latent_mask, tasks, noise);
  return latents;
}

}  // namespace redraw
