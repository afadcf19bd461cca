// The values that the stages hand on: pixels -> Latents -> Conditioning -> latent -> pixels.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/embeddings.h"
#include "models/model.h"
#include "pipeline/tile_plan.h"
#include "prompt/chunks.h"
#include "redraw/engine.h"
#include "sampling/noise.h"

namespace redraw {

/// What is to be said of each picture.
using RowNotes = std::vector<std::vector<std::string>>;

struct Latents {
  at::Tensor init_latent;                 // [N, C, h, w] f32, scaled by the family
  std::optional<at::Tensor> latent_mask;  // [N, 1, h, w] f32, 1 = redraw
  at::Tensor image_condition;             // [N, condition_channels, h, w] f32; undefined: the UNet takes none
  RowNotes notes;                         // one list for each row, or none at all
};

/// The text-encoder vectors of one row (context [1, 77k, D]) that hold up to and including a step, counted from 1.
struct ScheduledContext {
  int last_step;
  TextVectors text;
};
using ContextSchedule = std::vector<ScheduledContext>;

/// A part of a prompt composed with AND.
struct ConditionedPart {
  double weight;
  ContextSchedule contexts;
};

/// An embedding by its number in PromptEmbeddings.
struct UsedEmbedding {
  std::size_t number;
  bool in_negative;
  auto operator<=>(const UsedEmbedding&) const = default;
};

/// One row per picture. The contexts of one picture's parts are of one length, those of two rows may differ.
struct Conditioning {
  std::vector<std::vector<ConditionedPart>> cond;
  std::vector<ContextSchedule> uncond;
  std::vector<std::vector<UsedEmbedding>> embeddings = {};  // in the order of A1111's "TI hashes"
};

struct RepeatedText {
  std::string text;
  int times;
};
struct EncodedTexts {
  TextVectors vectors;                       // of N rows
  std::vector<std::size_t> embeddings = {};  // as models/used_embeddings numbers them
};
/// The texts are encoded together.
using TextEncoder = std::function<EncodedTexts(const std::vector<RepeatedText>& texts, const TextOptions& options)>;

/// 3. VAE encode, mask at latent size, what stands under it at the start (masked content), and what an inpainting
/// or instruct-pix2pix model is told of the picture.
///
/// noise  draws the same numbers that sampling will start from; only latent_noise uses it
/// source A1111 1.10 StableDiffusionProcessingImg2Img.init
Latents encode(const Model& model, std::span<const EngineTask> tasks, ImageNoise& noise);

/// What the UNet is told beside the latent, [N, condition_channels, h, w]; undefined where it takes nothing.
///
/// inpainting      the mask, and the latent of the picture in which it is grey: inpainting_mask_weight fades
///                 between that and the whole picture
/// instruct-pix2pix  latent, the one of the whole picture, as the VAE gives it (not scaled)
/// source A1111 1.10 img2img_image_conditioning; golden: ui/inpainting_conditioning
at::Tensor image_condition(const Model& model, std::span<const EngineTask> tasks, const at::Tensor& latent,
                           RowNotes* notes = nullptr);

/// Bilinear, corners not aligned, no antialiasing. source A1111 1.10 resize mode "Just resize (latent
/// upscale)"; golden: ui/latent_upscale
at::Tensor resize_latent(const at::Tensor& latent, std::int64_t height, std::int64_t width);

/// 4. Prompts to text-encoder vectors for each step; equal prompts are encoded once. The negative prompt knows
/// editing and alternation, but no AND.
/// source A1111 1.10 StableDiffusionProcessing.setup_conds; golden: ui/cfg prompt_editing_0
Conditioning condition(const TextEncoder& encode, std::span<const EngineTask> tasks);
/// The same with the model's text encoder.
Conditioning condition(const Model& model, const Tokenizer& tokenizer, std::span<const EngineTask> tasks,
                       const PromptEmbeddings& embeddings = {});

/// A context continued with its last vector, as A1111 does where parts of one prompt differ in length.
/// source A1111 1.10 prompt_parser.stack_conds; golden: ui/cfg stack
at::Tensor continue_context(const at::Tensor& context, std::int64_t length);

/// 5. The sampler over the latents; returns the clean latent [N, C, h, w].
at::Tensor denoise(const Model& model, std::span<const EngineTask> tasks, const Latents& latents,
                   const Conditioning& conditioning, ImageNoise& noise,
                   const std::function<void(int, int)>& on_step, SkippedUncond* skipped = nullptr);

/// 6. VAE decode to 8 bits; a latent or picture that is not finite becomes that picture's Error. Soft inpainting: also
/// the mask of the overlay, by how far each place of the latent moved.
std::vector<Generated> finish(const Model& model, std::span<const EngineTask> tasks, const Latents& latents,
                              const at::Tensor& latent);

/// Of a whole picture: a uniform one whose input was not becomes an Error; how much the borders of its tiles show.
void judge(const EngineTask& task, const TilePlan& tiles, Generated& generated);

/// How the recipe has its noise drawn; all tasks of a call share it.
NoiseRules noise_rules(const Recipe& recipe);

/// [N, C, h, w] of the noise that belongs to these tasks.
std::vector<std::int64_t> noise_shape(const Model& model, std::span<const EngineTask> tasks);

}  // namespace redraw
