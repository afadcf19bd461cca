// The KL autoencoder of Stable Diffusion, built from the keys and shapes of the file.
#include "models/vae.h"

#include <ATen/ATen.h>

namespace redraw {
namespace {

constexpr double kEps = 1e-6;

at::Tensor norm_silu(const at::Tensor& x, const Norm& norm) {
  return group_norm_silu(x, norm).contiguous(at::MemoryFormat::ChannelsLast);
}

std::vector<VaeLevel> load_levels(const Weights& weights, const std::string& resample, std::int64_t stride,
                                  std::int64_t padding) {
  std::vector<VaeLevel> levels;
  for (int i = 0; weights.has(std::to_string(i) + ".block.0.norm1.weight"); ++i) {
    const Weights level = weights.at(std::to_string(i));
    levels.emplace_back();
    for (int j = 0; level.has("block." + std::to_string(j) + ".norm1.weight"); ++j)
      levels.back().blocks.emplace_back(level.at("block." + std::to_string(j)));
    if (level.has(resample + ".conv.weight"))
      levels.back().resample = load_conv(level.at(resample + ".conv"), stride, padding);
  }
  return levels;
}

}  // namespace

VaeResBlock::VaeResBlock(const Weights& w)
    : norm1(load_norm(w.at("norm1"), kEps)), norm2(load_norm(w.at("norm2"), kEps)), conv1(load_conv(w.at("conv1"))),
      conv2(load_conv(w.at("conv2"))) {
  if (w.has("nin_shortcut.weight")) shortcut = load_conv(w.at("nin_shortcut"), 1, 0);
}

at::Tensor VaeResBlock::operator()(const at::Tensor& x) const {
  const at::Tensor h = conv(norm_silu(x, norm1), conv1);
  return conv_add(norm_silu(h, norm2), conv2, shortcut.weight.defined() ? conv(x, shortcut) : x);
}

VaeAttention::VaeAttention(const Weights& w)
    : norm(load_norm(w.at("norm"), kEps)),
      q(load_linear(w.at("q"))),
      k(load_linear(w.at("k"))),
      v(load_linear(w.at("v"))),
      out(load_linear(w.at("proj_out"))) {}

at::Tensor VaeAttention::operator()(const at::Tensor& x) const {
  const at::Tensor y = group_norm(x, norm).permute({0, 2, 3, 1}).flatten(1, 2);  // [N, T, C]
  const at::Tensor h =
      linear_add(attention(linear(y, q), linear(y, k), linear(y, v), 1), out, x.permute({0, 2, 3, 1}).flatten(1, 2));
  return h.view({x.size(0), x.size(2), x.size(3), x.size(1)}).permute({0, 3, 1, 2});
}

VaeMiddle::VaeMiddle(const Weights& w) : block1(w.at("block_1")), attention(w.at("attn_1")), block2(w.at("block_2")) {}

Vae::Vae(const Weights& w)
    : encoder_in_(load_conv(w.at("encoder.conv_in"))), down_(load_levels(w.at("encoder.down"), "downsample", 2, 0)),
      encoder_middle_(w.at("encoder.mid")), encoder_norm_(load_norm(w.at("encoder.norm_out"), kEps)),
      encoder_out_(load_conv(w.at("encoder.conv_out"))), quant_(load_conv(w.at("quant_conv"), 1, 0)),
      post_quant_(load_conv(w.at("post_quant_conv"), 1, 0)), decoder_in_(load_conv(w.at("decoder.conv_in"))),
      decoder_middle_(w.at("decoder.mid")), up_(load_levels(w.at("decoder.up"), "upsample", 1, 1)),
      decoder_norm_(load_norm(w.at("decoder.norm_out"), kEps)), decoder_out_(load_conv(w.at("decoder.conv_out"))) {}

std::int64_t Vae::bytes_per_pixel() const {
  constexpr std::int64_t kMapsAtOnce = 8;  // of the picture's size and the lowest number of channels
  const Weight& weight = decoder_out_.weight;
  return kMapsAtOnce * weight.size(1) * static_cast<std::int64_t>(weight.element_size());
}

std::pair<at::Tensor, at::Tensor> Vae::encode(const at::Tensor& image) const {
  at::Tensor x = conv(image.contiguous(at::MemoryFormat::ChannelsLast), encoder_in_);
  for (const VaeLevel& level : down_) {
    for (const VaeResBlock& block : level.blocks) x = block(x);
    if (level.resample) x = conv(at::constant_pad_nd(x, {0, 1, 0, 1}), *level.resample);  // right and bottom only
  }
  return posterior(x);
}

std::pair<at::Tensor, at::Tensor> Vae::posterior(const at::Tensor& x) const {
  const at::Tensor moments = conv(conv(norm_silu(encoder_middle_(x), encoder_norm_), encoder_out_), quant_);
  const auto halves = moments.chunk(2, 1);
  return {halves[0], halves[1].clamp(-30, 20)};
}

at::Tensor Vae::decode(const at::Tensor& latent) const {
  at::Tensor x =
      decoder_middle_(conv(conv(latent.contiguous(at::MemoryFormat::ChannelsLast), post_quant_), decoder_in_));
  for (auto level = up_.rbegin(); level != up_.rend(); ++level) {
    for (const VaeResBlock& block : level->blocks) x = block(x);
    if (level->resample) x = conv(upsample_nearest(x, 2 * x.size(2), 2 * x.size(3)), *level->resample);
  }
  return conv(norm_silu(x, decoder_norm_), decoder_out_);
}

}  // namespace redraw
