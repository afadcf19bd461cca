// CLIP's text transformer, built from the keys and shapes of the checkpoint.
#include "models/clip.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace redraw {

ClipLayer::ClipLayer(const Weights& w)
    : norm1(load_norm(w.at("layer_norm1"), 1e-5)), norm2(load_norm(w.at("layer_norm2"), 1e-5)),
      q(load_linear(w.at("self_attn.q_proj"))), k(load_linear(w.at("self_attn.k_proj"))), v(load_linear(w.at("self_attn.v_proj"))),
      out(load_linear(w.at("self_attn.out_proj"))), up(load_linear(w.at("mlp.fc1"))), down(load_linear(w.at("mlp.fc2"))) {}

at::Tensor ClipLayer::operator()(const at::Tensor& x, std::int64_t heads) const {  // [N, 77, D]
  const at::Tensor y = layer_norm(x, norm1);
  const at::Tensor h = x + linear(attention(linear(y, q), linear(y, k), linear(y, v), heads, true), out);
  const at::Tensor z = linear(layer_norm(h, norm2), up);
  return h + linear(z * at::sigmoid(1.702 * z), down);  // quick GELU
}

Clip::Clip(const Weights& w)
    : tokens_(w.get("embeddings.token_embedding.weight")), positions_(w.get("embeddings.position_embedding.weight")),
      final_norm_(load_norm(w.at("final_layer_norm"), 1e-5)), heads_(tokens_.size(1) / 64) {
  for (int i = 0; w.has("encoder.layers." + std::to_string(i) + ".layer_norm1.weight"); ++i)
    layers_.emplace_back(w.at("encoder.layers." + std::to_string(i)));
}

at::Tensor Clip::forward(const at::Tensor& ids, int clip_skip) const {
  at::Tensor x = at::embedding(tokens_, ids) + positions_.narrow(0, 0, ids.size(1)).unsqueeze(0);
  const auto count = std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(layers_.size()) + 1 - clip_skip, 0, static_cast<std::ptrdiff_t>(layers_.size()));
  for (std::ptrdiff_t i = 0; i < count; ++i) x = layers_[static_cast<std::size_t>(i)](x, heads_);
  return layer_norm(x, final_norm_);
}

}  // namespace redraw
