// Stable Diffusion 2.x: OpenCLIP-H, 64 channels per head, and whether it predicts eps or v.
#include <ATen/ATen.h>

#include "models/clip.h"
#include "models/latent_model.h"
#include "models/text_chunks.h"

namespace redraw {
namespace {

class Sd2 : public LatentModel {
 public:
  Sd2(LatentParts parts, Clip clip) : LatentModel(std::move(parts)), clip_(std::move(clip)) {}

  /// The second to last layer with the final norm, whatever the clip skip.
  TextVectors embed(std::span<const PromptRow> prompts, const TextOptions& options) const override {
    std::vector<at::Tensor> chunks;
    for (std::size_t i = 0; i < prompts[0].chunks[0].size(); ++i) {
      const ChunkBatch chunk = chunk_batch(prompts, 0, i, device(), options.embeddings);
      chunks.push_back(
          weigh(clip_.final_norm(clip_.hidden(zero_after_end(chunk.ids), chunk.placed, 2)), chunk, options.emphasis));
    }
    return {at::cat(chunks, 1), {}};  // [N, 77k, D]
  }

 private:
  Clip clip_;
};

}  // namespace

std::unique_ptr<Model> load_sd2(const Checkpoint& checkpoint) {
  ModelTraits traits;
  traits.family = "sd2";
  traits.prediction = "eps";
  traits.alphas_cumprod = schedule_of(*checkpoint.state_dict);
  traits.text_encoders = {Spelling::kOpenClip};
  LatentParts parts = load_parts(checkpoint, std::move(traits), {});
  const WeightsSource text = text_source(checkpoint, parts);
  const Weights weights(text, "cond_stage_model.model.");
  const at::TensorOptions options = at::TensorOptions(parts.device).dtype(parts.traits.dtype);
  // A1111 asks plain checkpoints only: inpainting ones are all eps.
  if (parts.traits.in_channels == 4 && v_probe(parts.unet, weights.raw("ln_final.weight").size(0), options) < -1)
    parts.traits.prediction = std::string("v");
  if (parts.traits.prediction == "v") parts.traits.native_side = 768;
  Clip clip = Clip::load_open(weights);
  parts.traits.text_widths = {clip.width()};
  return std::make_unique<Sd2>(std::move(parts), std::move(clip));
}

}  // namespace redraw
