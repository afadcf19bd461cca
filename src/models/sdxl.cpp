// Stable Diffusion XL, base layout: two text encoders, and a vector of pooled text and sizes beside the context.
#include <ATen/ATen.h>

#include "models/clip.h"
#include "models/latent_model.h"
#include "models/text_chunks.h"
#include "redraw/error.h"
#include "schedule/noise_levels.h"

namespace redraw {
namespace {

constexpr std::int64_t kSizeChannels = 256;  // of each number that the net is told

class Sdxl : public LatentModel {
 public:
  Sdxl(LatentParts parts, Clip clip_l, Clip clip_g)
      : LatentModel(std::move(parts)), clip_l_(std::move(clip_l)), clip_g_(std::move(clip_g)) {}

  /// The second to last layers of both encoders side by side, without a final norm.
  TextVectors embed(std::span<const PromptRow> prompts, const TextOptions& options) const override {
    std::vector<at::Tensor> chunks;
    at::Tensor pooled;
    for (std::size_t i = 0; i < prompts[0].chunks[0].size(); ++i) {
      const at::Tensor of_l = embed_l(chunk_batch(prompts, 0, i, device(), options.embeddings), options);
      chunks.push_back(
          at::cat({of_l, embed_g(chunk_batch(prompts, 1, i, device(), options.embeddings), options, pooled)}, 2));
    }
    at::Tensor context = at::cat(chunks, 1);  // [N, 77k, D1 + D2]
    if (options.blank) {
      context.zero_();
      pooled.zero_();
    }
    return {context, at::cat({pooled, sizes(options).expand({pooled.size(0), -1})}, 1)};
  }

 private:
  at::Tensor embed_l(const ChunkBatch& chunk, const TextOptions& options) const {
    return weigh(clip_l_.hidden(chunk.ids, chunk.placed, options.clip_l_skip ? options.clip_skip : 2), chunk,
                 options.emphasis);
  }

  /// Pooled text is the first chunk's and not weighted.
  at::Tensor embed_g(const ChunkBatch& chunk, const TextOptions& options, at::Tensor& pooled) const {
    const at::Tensor ids = zero_after_end(chunk.ids), hidden = clip_g_.hidden(ids, chunk.placed, 2);
    if (!pooled.defined()) pooled = clip_g_.pooled(clip_g_.finish(hidden, 2), ids);  // [N, P]
    return weigh(hidden, chunk, options.emphasis);
  }

  /// Original size, crop and target size, each height or top first, [1, 6 x 256].
  at::Tensor sizes(const TextOptions& options) const {
    const auto height = static_cast<float>(options.size.height), width = static_cast<float>(options.size.width);
    const at::Tensor numbers = at::tensor(
        {height, width, static_cast<float>(options.crop_top), static_cast<float>(options.crop_left), height, width});
    return sinusoids(numbers.to(device()), kSizeChannels).flatten().unsqueeze(0);
  }

  Clip clip_l_, clip_g_;
};

}  // namespace

std::unique_ptr<Model> load_sdxl(const Checkpoint& checkpoint) {
  const StateDict& keys = *checkpoint.state_dict;
  ModelTraits traits;
  traits.family = "sdxl";
  traits.prediction = keys.contains("v_pred") ? "v" : "eps";
  traits.latent_scale = 0.13025;
  traits.native_side = 1024;
  traits.alphas_cumprod = scaled_linear_alphas();
  traits.zero_terminal_snr = keys.contains("ztsnr");
  if (traits.zero_terminal_snr) traits.alphas_cumprod = zero_terminal_snr(traits.alphas_cumprod);
  traits.text_encoders = {Spelling::kClip, Spelling::kOpenClip};
  LatentParts parts = load_parts(checkpoint, std::move(traits), {});
  const WeightsSource text = text_source(checkpoint, parts);
  Clip clip_l = Clip::load(Weights(text, clip_prefix(keys, "conditioner.embedders.0.transformer.")));
  Clip clip_g = Clip::load_open(Weights(text, "conditioner.embedders.1.model."));
  parts.traits.text_widths = {clip_l.width(), clip_g.width()};
  return std::make_unique<Sdxl>(std::move(parts), std::move(clip_l), std::move(clip_g));
}

std::unique_ptr<Model> refuse_refiner(const Checkpoint& checkpoint) {
  throw Error(ErrorKind::kModel,
              "\"" + checkpoint.path.filename().string() + "\" is the SDXL refiner, which redraw does not run",
              checkpoint.path.string(),
              "it has the second text encoder alone and finishes what an SDXL base model began",
              "give an SDXL base checkpoint; at a low --denoise it does what the refiner does");
}

}  // namespace redraw
