// The UNet of Stable Diffusion, built from the keys and shapes of the checkpoint.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "nn/layers.h"

namespace redraw {

/// Keys and values that cross attentions made of a context at the first call, for the next calls with the same one.
class KeptText {
 public:
  struct KeysValues {
    at::Tensor k, v;
  };
  /// What `make` gave for this layer and this very tensor; another context forgets all.
  template <typename Make>
  const KeysValues& get(const void* layer, const at::Tensor& context, Make make) {
    if (!context.is_same(context_)) made_.clear();
    context_ = context;
    const auto found = made_.find(layer);
    return found != made_.end() ? found->second : made_.emplace(layer, make()).first->second;
  }

 private:
  at::Tensor context_;
  std::map<const void*, KeysValues> made_;
};

/// The text as the layers see it: tokens [N, T, D]; kept may be null.
struct UnetText {
  at::Tensor tokens;
  KeptText* kept = nullptr;
};

/// One residual or attention layer: x [N, C, h, w], emb [N, E] -> [N, C', h', w'].
class UnetLayer {
 public:
  virtual ~UnetLayer() = default;
  virtual at::Tensor forward(const at::Tensor& x, const at::Tensor& emb, const UnetText& text) const = 0;
};

/// How a level's channels are split over attention heads; the shapes do not tell.
struct HeadRule {
  std::int64_t heads = 0;      // so many at every level (SD 1.x: 8); 0: by channels
  std::int64_t channels = 64;  // of each head
  /// Errors: kModel where they do not divide.
  std::int64_t heads_of(std::int64_t level_channels) const;
};

/// [N] -> [N, channels] f32: cosines, then sines, of frequencies that fall from 1 to 1 / 10000.
at::Tensor sinusoids(const at::Tensor& values, std::int64_t channels);

class Unet {
 public:
  /// weights  below model.diffusion_model
  Unet(const Weights& weights, HeadRule rule);
  /// x [N, C, h, w], t [N], vector [N, P] or undefined (label_emb) -> [N, 4, h, w]
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const UnetText& text, const at::Tensor& vector) const;

 private:
  using Block = std::vector<std::unique_ptr<UnetLayer>>;
  static Block load_block(const Weights& weights, HeadRule rule);
  static std::vector<Block> load_blocks(const Weights& weights, HeadRule rule);
  at::Tensor embed_time(const at::Tensor& t) const;
  void check_vector(const at::Tensor& vector) const;

  std::int64_t channels_ = 0;
  Linear time_in_, time_out_, label_in_, label_out_;
  std::vector<Block> input_, output_;
  Block middle_;
  Norm out_norm_;
  Conv out_conv_;
};

/// Mean of (output - input) for a latent of 0.5 at t = 999 and a context of two tokens of 0.5; below -1 the net of an
/// SD 2.x file says v.
/// source A1111 1.10 sd_models_config.is_using_v_parameterization_for_sd2; golden: models/v_probe
double v_probe(const Unet& unet, std::int64_t context_width, at::TensorOptions options);

}  // namespace redraw
