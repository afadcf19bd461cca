// The interface that the pipeline sees: encode, decode, embed, predict.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "nn/device.h"
#include "nn/load_tensors.h"
#include "prompt/chunks.h"

namespace redraw {

struct ModelTraits {
  std::string family;      // "sd1"
  std::string prediction;  // "eps" or "v"
  int in_channels = 4;     // of the UNet
  int latent_channels = 4;
  int latent_stride = 8;
  double latent_scale = 0.18215;
  std::vector<float> alphas_cumprod;  // [1000]
  at::ScalarType dtype = at::kFloat;  // of the UNet
};

/// One of the prompts that are encoded together.
struct PromptRow {
  std::vector<TokenChunk> chunks;
  int times = 1;  // how often it counts in the mean that "Original" emphasis keeps
};

class Model {
 public:
  virtual ~Model() = default;
  virtual const ModelTraits& traits() const = 0;
  /// UNet and text encoders by their keys in the checkpoint. The tensors are those that the networks work with: what
  /// is written into one counts from then on.
  virtual const StateDict& weights() const = 0;

  /// image   [N, 3, H, W] f32 in [-1, 1], any device
  /// returns the mean of the posterior x latent_scale, [N, C, floor(H / 8), floor(W / 8)] f32
  virtual at::Tensor encode(const at::Tensor& image) const = 0;
  /// latent [N, C, h, w] f32 -> [N, 3, 8h, 8w] f32, not clamped
  virtual at::Tensor decode(const at::Tensor& latent) const = 0;
  /// prompts    with as many chunks each; A1111 encodes the texts of one prompt's editing as such a batch
  /// clip_skip  A1111's number, 1 = last layer
  /// returns    [N, 77k, D] f32, the chunks laid end to end, weighted by the emphasis mode
  virtual at::Tensor embed(std::span<const PromptRow> prompts, int clip_skip, Emphasis emphasis) const = 0;
  /// One prompt alone, [1, 77k, D].
  at::Tensor embed(const std::vector<TokenChunk>& chunks, int clip_skip, Emphasis emphasis) const {
    return embed(std::vector<PromptRow>{{chunks}}, clip_skip, emphasis);
  }
  /// x [N, C, h, w], t [N] f32 (fractions happen), context [N, 77k, D] -> eps or v, [N, C, h, w] f32
  virtual at::Tensor predict(const at::Tensor& x, const at::Tensor& t, const at::Tensor& context) const = 0;
};

/// vae  a VAE file, with or without the prefix first_stage_model; empty: the checkpoint's own
/// Errors: kFile, kModel (what the file is instead, or which key is missing).
std::unique_ptr<Model> load_model(const std::filesystem::path& checkpoint, const std::filesystem::path& vae,
                                  const DeviceChoice& device);

}  // namespace redraw
