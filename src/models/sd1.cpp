// Stable Diffusion 1.x: heads, schedule, and how its prompts are encoded.
#include <ATen/ATen.h>

#include "models/clip.h"
#include "models/latent_model.h"
#include "models/text_chunks.h"

namespace redraw {
namespace {

constexpr HeadRule kHeads{8};  // at every level

class Sd1 : public LatentModel {
 public:
  Sd1(LatentParts parts, Clip clip) : LatentModel(std::move(parts)), clip_(std::move(clip)) {}

  /// Hidden state -clip_skip with the final norm.
  TextVectors embed(std::span<const PromptRow> prompts, const TextOptions& options) const override {
    std::vector<at::Tensor> chunks;
    for (std::size_t i = 0; i < prompts[0].chunks[0].size(); ++i) {
      const ChunkBatch chunk = chunk_batch(prompts, 0, i, device(), options.embeddings);
      chunks.push_back(
          weigh(clip_.final_norm(clip_.hidden(chunk.ids, chunk.placed, options.clip_skip)), chunk, options.emphasis));
    }
    return {at::cat(chunks, 1), {}};  // [N, 77k, D]
  }

 private:
  Clip clip_;
};

}  // namespace

std::unique_ptr<Model> load_sd1(const Checkpoint& checkpoint) {
  ModelTraits traits;
  traits.family = "sd1";
  traits.prediction = "eps";
  traits.alphas_cumprod = schedule_of(*checkpoint.state_dict);
  LatentParts parts = load_parts(checkpoint, std::move(traits), kHeads);
  const WeightsSource text = text_source(checkpoint, parts);
  Clip clip = Clip::load(Weights(text, clip_prefix(*checkpoint.state_dict, "cond_stage_model.transformer.")));
  parts.traits.text_widths = {clip.width()};
  return std::make_unique<Sd1>(std::move(parts), std::move(clip));
}

}  // namespace redraw
