// CLIP's text transformer in both layouts, built from the keys and shapes of the checkpoint.
#include "models/clip.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace redraw {
namespace {

constexpr std::int64_t kHeadChannels = 64;  // of CLIP-L, OpenCLIP-H and OpenCLIP-bigG alike

at::Tensor quick_gelu(const at::Tensor& x) { return x * at::sigmoid(1.702 * x); }
at::Tensor exact_gelu(const at::Tensor& x) { return at::gelu(x); }

ClipLayer load_layer(const Weights& w) {
  return {load_norm(w.at("layer_norm1"), 1e-5), load_norm(w.at("layer_norm2"), 1e-5),
          load_narrow_linear(w.at("self_attn.q_proj")), load_narrow_linear(w.at("self_attn.k_proj")),
          load_narrow_linear(w.at("self_attn.v_proj")), load_narrow_linear(w.at("self_attn.out_proj")),
          load_narrow_linear(w.at("mlp.fc1")), load_narrow_linear(w.at("mlp.fc2"))};
}

ClipLayer load_open_layer(const Weights& w) {
  const auto weight = w.get("attn.in_proj_weight").chunk(3), bias = w.get("attn.in_proj_bias").chunk(3);
  return {load_norm(w.at("ln_1"), 1e-5),        load_norm(w.at("ln_2"), 1e-5),
          Linear{weight[0], bias[0]},           Linear{weight[1], bias[1]},
          Linear{weight[2], bias[2]},           load_narrow_linear(w.at("attn.out_proj")),
          load_narrow_linear(w.at("mlp.c_fc")), load_narrow_linear(w.at("mlp.c_proj"))};
}

}  // namespace

Clip Clip::load(const Weights& w) {
  Clip clip;
  clip.tokens_ = w.get_narrow("embeddings.token_embedding.weight");
  clip.positions_ = w.get("embeddings.position_embedding.weight");
  clip.final_norm_ = load_norm(w.at("final_layer_norm"), 1e-5);
  clip.activation_ = quick_gelu;
  for (int i = 0; w.has("encoder.layers." + std::to_string(i) + ".layer_norm1.weight"); ++i)
    clip.layers_.push_back(load_layer(w.at("encoder.layers." + std::to_string(i))));
  return clip;
}

Clip Clip::load_open(const Weights& w) {
  Clip clip;
  clip.tokens_ = w.get_narrow("token_embedding.weight");
  clip.positions_ = w.get("positional_embedding");
  clip.final_norm_ = load_norm(w.at("ln_final"), 1e-5);
  clip.projection_ = w.get_or_none("text_projection");
  clip.activation_ = exact_gelu;
  for (int i = 0; w.has("transformer.resblocks." + std::to_string(i) + ".ln_1.weight"); ++i)
    clip.layers_.push_back(load_open_layer(w.at("transformer.resblocks." + std::to_string(i))));
  return clip;
}

std::size_t Clip::layers_before(int skip) const {
  const auto all = static_cast<std::ptrdiff_t>(layers_.size());
  return static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(all + 1 - skip, 0, all));
}

at::Tensor Clip::run(at::Tensor x, std::size_t from, std::size_t to) const {  // [N, 77, D]
  const std::int64_t heads = x.size(2) / kHeadChannels;
  for (std::size_t i = from; i < to; ++i) {
    const ClipLayer& layer = layers_[i];
    const at::Tensor y = layer_norm(x, layer.norm1);
    x = x + linear(attention(linear(y, layer.q), linear(y, layer.k), linear(y, layer.v), heads, true), layer.out);
    x = x + linear(activation_(linear(layer_norm(x, layer.norm2), layer.up)), layer.down);
  }
  return x;
}

at::Tensor Clip::token_vectors(const at::Tensor& ids, std::span<const PlacedVectors> placed) const {
  at::Tensor x = at::embedding(tokens_, ids).to(positions_.scalar_type());  // [N, 77, D]
  for (const PlacedVectors& one : placed) {
    const std::int64_t count = std::min(ids.size(1) - one.first, one.vectors.size(0));
    x.select(0, one.row).narrow(0, one.first, count).copy_(one.vectors.narrow(0, 0, count));
  }
  return x;
}

at::Tensor Clip::hidden(const at::Tensor& ids, std::span<const PlacedVectors> placed, int skip) const {
  const at::Tensor x = token_vectors(ids, placed) + positions_.narrow(0, 0, ids.size(1)).unsqueeze(0);
  return run(x, 0, layers_before(skip));
}

at::Tensor Clip::finish(const at::Tensor& hidden, int skip) const {
  return run(hidden, layers_before(skip), layers_.size());
}

at::Tensor Clip::pooled(const at::Tensor& last, const at::Tensor& ids) const {
  const at::Tensor rows = at::arange(ids.size(0), ids.options());
  return at::matmul(final_norm(last).index({rows, ids.argmax(1)}), projection_);  // [N, D] x [D, P]
}

}  // namespace redraw
