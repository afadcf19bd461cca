// The values that the stages hand on: pixels -> Latents -> Conditioning -> latent -> pixels.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/model.h"
#include "prompt/chunks.h"
#include "redraw/engine.h"
#include "sampling/noise.h"

namespace redraw {

struct Latents {
  at::Tensor init_latent;                 // [N, C, h, w] f32, scaled by the family
  std::optional<at::Tensor> latent_mask;  // [N, 1, h, w] f32, 1 = redraw
};

/// One row per picture, each [1, 77k, D]; the k of two rows may differ.
struct Conditioning {
  std::vector<at::Tensor> cond, uncond;
};

/// 3. VAE encode, mask at latent size, and what stands under it at the start (masked content).
///
/// noise  draws the same numbers that sampling will start from; only latent_noise uses it
/// source A1111 1.10 StableDiffusionProcessingImg2Img.init
Latents encode(const Model& model, std::span<const EngineTask> tasks, ImageNoise& noise);

/// Bilinear, corners not aligned, no antialiasing. source A1111 1.10 resize mode "Just resize (latent
/// upscale)"; golden: ui/latent_upscale
at::Tensor resize_latent(const at::Tensor& latent, std::int64_t height, std::int64_t width);

/// 4. Prompts to text-encoder vectors; equal texts are encoded once.
Conditioning condition(const Model& model, const Tokenizer& tokenizer,
                       std::span<const EngineTask> tasks);

/// 5. The sampler over the latents; returns the clean latent [N, C, h, w].
at::Tensor denoise(const Model& model, std::span<const EngineTask> tasks, const Latents& latents,
                   const Conditioning& conditioning, ImageNoise& noise,
                   const std::function<void(int, int)>& on_step);

/// 6. VAE decode to 8 bits; a latent or picture that is not finite, or uniform where its input was
/// not, becomes that picture's Error. Soft inpainting: also the mask of the overlay, by how far each
/// place of the latent moved.
std::vector<Generated> finish(const Model& model, std::span<const EngineTask> tasks, const Latents& latents,
                              const at::Tensor& latent);

/// [N, C, h, w] of the noise that belongs to these tasks.
std::vector<std::int64_t> noise_shape(const Model& model, std::span<const EngineTask> tasks);

}  // namespace redraw
