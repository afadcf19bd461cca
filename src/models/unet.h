// The UNet of Stable Diffusion, built from the keys and shapes of the checkpoint.
#pragma once

#include <memory>
#include <vector>

#include "nn/layers.h"

namespace redraw {

/// One residual or attention layer: x [N, C, h, w], emb [N, E], context [N, T, D] -> [N, C', h', w'].
class UnetLayer {
 public:
  virtual ~UnetLayer() = default;
  virtual at::Tensor forward(const at::Tensor& x, const at::Tensor& emb, const at::Tensor& context) const = 0;
};

class Unet {
 public:
  /// weights  below model.diffusion_model; heads  at every level (SD 1.x: 8)
  Unet(const Weights& weights, std::int64_t heads);
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const at::Tensor& context) const;
  std::int64_t in_channels() const { return in_channels_; }

 private:
  using Block = std::vector<std::unique_ptr<UnetLayer>>;
  static Block load_block(const Weights& weights, std::int64_t heads);
  static std::vector<Block> load_blocks(const Weights& weights, std::int64_t heads);
  at::Tensor embed_time(const at::Tensor& t) const;

  std::int64_t in_channels_ = 0, channels_ = 0;
  Linear time_in_, time_out_;
  std::vector<Block> input_, output_;
  Block middle_;
  Norm out_norm_;
  Conv out_conv_;
};

}  // namespace redraw
