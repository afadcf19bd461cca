// The KL autoencoder of Stable Diffusion, built from the keys and shapes of the file.
#pragma once

#include <optional>
#include <vector>

#include "nn/layers.h"

namespace redraw {

struct VaeResBlock {
  Norm norm1, norm2;
  Conv conv1, conv2, shortcut;
  explicit VaeResBlock(const Weights& weights);
  at::Tensor operator()(const at::Tensor& x) const;
};

struct VaeAttention {
  Norm norm;
  Linear q, k, v, out;
  explicit VaeAttention(const Weights& weights);
  at::Tensor operator()(const at::Tensor& x) const;
};

struct VaeMiddle {
  VaeResBlock block1;
  VaeAttention attention;
  VaeResBlock block2;
  explicit VaeMiddle(const Weights& weights);
  at::Tensor operator()(const at::Tensor& x) const { return block2(attention(block1(x))); }
};

struct VaeLevel {
  std::vector<VaeResBlock> blocks;
  std::optional<Conv> resample;  // strided convolution (encoder) or the one after doubling (decoder)
};

class Vae {
 public:
  /// weights  of the file below first_stage_model, or of a VAE file
  explicit Vae(const Weights& weights);
  /// [N, 3, H, W] in [-1, 1] -> mean and logvar (clamped to -30..20), each [N, C, h, w]
  std::pair<at::Tensor, at::Tensor> encode(const at::Tensor& image) const;
  /// The same of one picture in strips of rows, about tile x tile pixels each: little memory. Maps, and the
  /// results, lie where Strips puts them; the middle runs as a whole on the latent's device.
  std::pair<at::Tensor, at::Tensor> encode_tiled(const at::Tensor& image, int tile) const;
  at::Tensor decode_tiled(const at::Tensor& latent, int tile) const;
  /// About how much memory running the whole takes for each pixel of the picture.
  std::int64_t bytes_per_pixel() const;
  /// Carries the maps between the layers 2^-k times as large, and changes nothing else: f16 then holds what else
  /// overflows.
  void scale_down(int k);
  at::ScalarType dtype() const { return encoder_in_.weight.scalar_type(); }
  at::Tensor decode(const at::Tensor& latent) const;  // [N, C, h, w] -> [N, 3, 8h, 8w]

 private:
  /// Lowest map of the encoder -> mean and logvar.
  std::pair<at::Tensor, at::Tensor> posterior(const at::Tensor& x) const;

  Conv encoder_in_;
  std::vector<VaeLevel> down_;
  VaeMiddle encoder_middle_;
  Norm encoder_norm_;
  Conv encoder_out_, quant_, post_quant_, decoder_in_;
  VaeMiddle decoder_middle_;
  std::vector<VaeLevel> up_;
  Norm decoder_norm_;
  Conv decoder_out_;
};

}  // namespace redraw
