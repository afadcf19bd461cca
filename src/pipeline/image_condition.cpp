// Part of stage 3: what an inpainting or instruct-pix2pix model is told of the picture beside the latent.
#include <ATen/ATen.h>

#include "pipeline/pixels.h"
#include "pipeline/stages.h"
#include "pipeline/vae_run.h"

namespace redraw {
namespace {

/// The mask of one picture in its size, [1, 1, H, W]; 1 everywhere where there is none.
at::Tensor picture_mask(const EngineTask& task, const at::Tensor& picture) {
  const auto size = picture.sizes().slice(2);
  const auto& mask = task.prepared->latent_mask;
  if (!mask) return at::ones({1, 1, size[0], size[1]});
  const at::Tensor grey = mask_to_tensor(*mask, !task.job->recipe.soft_inpainting).unsqueeze(0);
  // Another size: resize mode latent, which the original cannot do with such a model.
  return grey.sizes().slice(2) == size ? grey : at::upsample_nearest2d(grey, size);
}

at::Tensor inpainting_condition(const Model& model, const EngineTask& task, const at::Tensor& latent,
                                std::vector<std::string>* notes) {
  const Image* const image = &task.prepared->init_image;
  const at::Tensor picture = images_to_tensor({&image, 1}), mask = picture_mask(task, picture);
  const at::Tensor seen = at::lerp(picture, picture * (1 - mask), task.job->recipe.inpainting_mask_weight);
  const VaeResult encoded = run_encoder(model, seen, task.job->recipe);
  if (notes != nullptr) notes->insert(notes->end(), encoded.notes[0].begin(), encoded.notes[0].end());
  at::Tensor of_seen = encoded.values.to(latent.device());  // [1, C, h, w]
  if (of_seen.sizes() != latent.sizes()) of_seen = resize_latent(of_seen, latent.size(2), latent.size(3));
  return at::cat({at::upsample_nearest2d(mask, latent.sizes().slice(2)).to(latent.device()), of_seen}, 1);
}

}  // namespace

at::Tensor image_condition(const Model& model, std::span<const EngineTask> tasks, const at::Tensor& latent,
                           RowNotes* notes) {
  if (model.traits().is_pix2pix()) return latent / model.traits().latent_scale;
  if (!model.traits().is_inpainting()) return {};
  std::vector<at::Tensor> rows;
  for (std::size_t i = 0; i < tasks.size(); ++i)
    rows.push_back(inpainting_condition(model, tasks[i], latent.narrow(0, static_cast<std::int64_t>(i), 1),
                                        notes != nullptr ? &(*notes)[i] : nullptr));
  return at::cat(rows);
}

}  // namespace redraw
