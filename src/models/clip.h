// CLIP's text transformer, built from the keys and shapes of the checkpoint.
#pragma once

#include <vector>

#include "nn/layers.h"

namespace redraw {

struct ClipLayer {
  Norm norm1, norm2;
  Linear q, k, v, out, up, down;
  explicit ClipLayer(const Weights& weights);
  at::Tensor operator()(const at::Tensor& x, std::int64_t heads) const;
};

class Clip {
 public:
  /// weights  below the text_model prefix (embeddings, encoder, final_layer_norm)
  explicit Clip(const Weights& weights);
  /// ids [N, 77] -> [N, 77, D]: hidden state -clip_skip with the final layer norm
  at::Tensor forward(const at::Tensor& ids, int clip_skip) const;

 private:
  at::Tensor tokens_, positions_;
  std::vector<ClipLayer> layers_;
  Norm final_norm_;
  std::int64_t heads_;
};

}  // namespace redraw
