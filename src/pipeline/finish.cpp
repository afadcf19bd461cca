// Stage 6: VAE decode to 8 bits, and the checks that keep broken pictures from being saved.
#include <ATen/ATen.h>

#include "canvas/soft_overlay.h"
#include "image/tile_spans.h"
#include "pipeline/pixels.h"
#include "pipeline/stages.h"
#include "pipeline/vae_run.h"

namespace redraw {
namespace {

bool is_uniform(const Image& image) {
  const auto pixel = [&](std::size_t i) { return image.data.data() + i * 3; };
  for (std::size_t i = 1; i < image.data.size() / 3; ++i)
    if (!std::equal(pixel(i), pixel(i) + 3, pixel(0))) return false;
  return true;
}

Error not_finite(const std::string& where, const EngineTask& task) {
  return Error(ErrorKind::kModel,
               where + " of \"" + task.job->input_path.string() + "\" is not finite (NaN or infinity)",
               task.job->recipe.model, "the weights or their number format overflow",
               "try --dtype f32; if it stays, the checkpoint is damaged");
}

/// [h, w] as plain numbers.
Field field_of(const at::Tensor& plane) {
  const at::Tensor flat = plane.to(at::kCPU, at::kFloat).contiguous();
  const float* values = flat.const_data_ptr<float>();
  return {static_cast<int>(flat.size(1)), static_cast<int>(flat.size(0)), {values, values + flat.numel()}};
}

Mask soft_overlay_mask(const at::Tensor& latent_mask, const at::Tensor& init_latent, const at::Tensor& latent,
                       std::int64_t row, const EngineTask& task) {
  const at::Tensor distance = at::linalg_vector_norm(init_latent[row] - latent[row], 2, at::IntArrayRef{0});  // [h, w]
  return adaptive_mask(task.job->recipe.soft, field_of(latent_mask[row][0]), field_of(distance), task.job->work_size,
                       task.prepared->paste_to, task.prepared->base.size());
}

/// [N] on the CPU: which pictures have finite numbers alone.
at::Tensor finite_rows(const at::Tensor& x) { return at::isfinite(x).flatten(1).all(1).to(at::kCPU); }

struct Decoded {
  at::Tensor latent_is_finite, is_finite;  // [N]
  at::Tensor bytes;                        // [N, H, W, 3] u8
};

Generated finish_one(const Decoded& decoded, std::int64_t row, const EngineTask& task) {
  Generated generated;
  if (!decoded.latent_is_finite[row].item<bool>()) {
    generated.error = not_finite("the latent", task);
  } else if (!decoded.is_finite[row].item<bool>()) {
    generated.error = not_finite("the decoded picture", task);
  } else {
    generated.image = bytes_to_image(decoded.bytes[row]);
  }
  return generated;
}

}  // namespace

void judge(const EngineTask& task, const TilePlan& tiles, Generated& generated) {
  if (generated.error) return;
  if (tiles.tile > 0) generated.seam_ratio = seam_ratio(generated.image, tiles.tile, tiles.overlap);
  if (!is_uniform(generated.image) || is_uniform(task.prepared->init_image)) return;
  generated.error =
      Error(ErrorKind::kModel, "the result of \"" + task.job->input_path.string() + "\" is one flat colour",
            task.job->recipe.model, "its input is not, so the model failed",
            "try --dtype f32, a lower --cfg, or another checkpoint");
}

std::vector<Generated> finish(const Model& model, std::span<const EngineTask> tasks, const Latents& latents,
                              const at::Tensor& latent) {
  const VaeResult result = run_decoder(model, latent, tasks[0].job->recipe);
  // 8 bits on the device: a quarter of the bytes to bring home
  const Decoded decoded{finite_rows(latent), finite_rows(result.values), tensor_to_bytes(result.values).to(at::kCPU)};
  std::vector<Generated> all;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    all.push_back(finish_one(decoded, row, tasks[i]));
    std::vector<std::string>& notes = all.back().notes;
    if (i < latents.notes.size()) notes = latents.notes[i];
    notes.insert(notes.end(), result.notes[i].begin(), result.notes[i].end());
    if (tasks[i].job->recipe.soft_inpainting && latents.latent_mask)
      all.back().overlay_mask = soft_overlay_mask(*latents.latent_mask, latents.init_latent, latent, row, tasks[i]);
  }
  return all;
}

}  // namespace redraw
