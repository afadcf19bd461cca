// CLIP's text transformer in both layouts, built from the keys and shapes of the checkpoint.
#pragma once

#include <span>
#include <vector>

#include "nn/layers.h"

namespace redraw {

struct ClipLayer {
  Norm norm1, norm2;
  Linear q, k, v, out, up, down;
};

/// Vectors [V, D] in the place of the tokens of a row from `first` on.
struct PlacedVectors {
  std::int64_t row, first;
  at::Tensor vectors;
};

class Clip {
 public:
  /// weights  of transformers' layout, below the text_model prefix (embeddings, encoder, final_layer_norm)
  static Clip load(const Weights& weights);
  /// weights  of open_clip's layout (token_embedding, transformer.resblocks, ln_final, text_projection)
  static Clip load_open(const Weights& weights);

  /// Hidden state -skip of ids [N, 77] -> [N, 77, D]; 1 is the last one, before the final norm.
  /// placed  stand for tokens before the positions are added
  at::Tensor hidden(const at::Tensor& ids, std::span<const PlacedVectors> placed, int skip) const;
  /// The last hidden state from the one of this skip.
  at::Tensor finish(const at::Tensor& hidden, int skip) const;
  at::Tensor final_norm(const at::Tensor& hidden) const { return layer_norm(hidden, final_norm_); }
  /// The normed last state at the largest id (the end token), projected: [N, P]. open_clip's layout only.
  at::Tensor pooled(const at::Tensor& last, const at::Tensor& ids) const;
  std::int64_t width() const { return tokens_.size(1); }

 private:
  using Activation = at::Tensor (*)(const at::Tensor&);
  std::size_t layers_before(int skip) const;
  at::Tensor token_vectors(const at::Tensor& ids, std::span<const PlacedVectors> placed) const;
  at::Tensor run(at::Tensor x, std::size_t from, std::size_t to) const;

  at::Tensor tokens_, positions_, projection_;
  std::vector<ClipLayer> layers_;
  Norm final_norm_;
  Activation activation_ = nullptr;
};

}  // namespace redraw
