// The UNet of Stable Diffusion: residual blocks, transformers, down- and upsampling, skip connections.
#include "models/unet.h"

#include <ATen/ATen.h>

#include <cmath>
#include <optional>

#include "redraw/error.h"

namespace redraw {
namespace {

class FirstConv : public UnetLayer {
 public:
  explicit FirstConv(const Weights& weights) : conv_(load_conv(weights)) {}
  at::Tensor forward(const at::Tensor& x, const at::Tensor&, const UnetText&) const override { return conv(x, conv_); }

 private:
  Conv conv_;
};

class Downsample : public UnetLayer {
 public:
  explicit Downsample(const Weights& weights) : conv_(load_conv(weights.at("op"), 2)) {}
  at::Tensor forward(const at::Tensor& x, const at::Tensor&, const UnetText&) const override { return conv(x, conv_); }

 private:
  Conv conv_;
};

class Upsample : public UnetLayer {
 public:
  explicit Upsample(const Weights& weights) : conv_(load_conv(weights.at("conv"))) {}
  at::Tensor forward(const at::Tensor& x, const at::Tensor&, const UnetText&) const override {
    return conv(upsample_nearest(x, 2 * x.size(2), 2 * x.size(3)), conv_);
  }

 private:
  Conv conv_;
};

class ResBlock : public UnetLayer {
 public:
  explicit ResBlock(const Weights& w)
      : norm_in_(load_norm(w.at("in_layers.0"), 1e-5)), conv_in_(load_conv(w.at("in_layers.2"))),
        emb_(load_linear(w.at("emb_layers.1"))), norm_out_(load_norm(w.at("out_layers.0"), 1e-5)),
        conv_out_(load_conv(w.at("out_layers.3"))) {
    if (w.has("skip_connection.weight")) skip_ = load_conv(w.at("skip_connection"), 1, 0);
  }

  at::Tensor forward(const at::Tensor& x, const at::Tensor& emb, const UnetText&) const override {
    const at::Tensor of_time = linear(at::silu(emb), emb_).unsqueeze(-1).unsqueeze(-1);  // [N, C, 1, 1]
    const at::Tensor h = conv_add(group_norm_silu(x, norm_in_), conv_in_, of_time);
    return conv_add(group_norm_silu(h, norm_out_), conv_out_, skip_.weight.defined() ? conv(x, skip_) : x);
  }

 private:
  Norm norm_in_;
  Conv conv_in_;
  Linear emb_;
  Norm norm_out_;
  Conv conv_out_, skip_;
};

struct Attention {
  Linear q, k, v, out;
  std::int64_t heads;
  std::optional<Linear> joined;  // q, k and v of one's own tokens, where one wide product is quicker than three

  Attention(const Weights& w, std::int64_t heads_, bool of_own_tokens)
      : q(load_linear(w.at("to_q"))), k(load_linear(w.at("to_k"))), v(load_linear(w.at("to_v"))),
        out(load_linear(w.at("to_out.0"))), heads(heads_) {
    const bool plain = !q.bias.defined() && !k.bias.defined() && !v.bias.defined();
    if (of_own_tokens && plain && q.weight.options().device().is_cuda()) joined = join({q, k, v});
  }

  /// residual + the attention of x over the tokens.
  at::Tensor operator()(const at::Tensor& residual, const at::Tensor& x, const UnetText& text) const {
    if (joined) {
      const std::vector<at::Tensor> parts = linear(x, *joined).chunk(3, -1);
      return linear_add(attention(parts[0], parts[1], parts[2], heads), out, residual);
    }
    const auto make = [&] { return KeptText::KeysValues{linear(text.tokens, k), linear(text.tokens, v)}; };
    const KeptText::KeysValues made = text.kept != nullptr ? text.kept->get(this, text.tokens, make) : make();
    return linear_add(attention(linear(x, q), made.k, made.v, heads), out, residual);
  }
};

struct TransformerBlock {
  Attention self_attention, cross_attention;
  Linear gate, down;
  Norm norm1, norm2, norm3;

  TransformerBlock(const Weights& w, std::int64_t heads)
      : self_attention(w.at("attn1"), heads, true),
        cross_attention(w.at("attn2"), heads, false),
        gate(load_linear(w.at("ff.net.0.proj"))),
        down(load_linear(w.at("ff.net.2"))),
        norm1(load_norm(w.at("norm1"), 1e-5)),
        norm2(load_norm(w.at("norm2"), 1e-5)),
        norm3(load_norm(w.at("norm3"), 1e-5)) {}

  at::Tensor operator()(at::Tensor x, const UnetText& text) const {  // [N, T, D]
    const at::Tensor y = layer_norm(x, norm1);
    x = self_attention(x, y, {y});
    x = cross_attention(x, layer_norm(x, norm2), text);
    return x.device().is_cpu() ? feed_in_parts(x) : feed(x);
  }

  at::Tensor feed(const at::Tensor& x) const { return linear_add(geglu(linear(layer_norm(x, norm3), gate)), down, x); }

  /// The rows in between are eight times as wide: some at a time, they stay in the cache.
  at::Tensor feed_in_parts(const at::Tensor& x) const {
    constexpr std::int64_t kRows = 1024;
    std::vector<at::Tensor> parts;
    for (const at::Tensor& rows : x.flatten(0, 1).split(kRows)) parts.push_back(feed(rows));
    return parts.size() == 1 ? parts[0].view(x.sizes()) : at::cat(parts).view(x.sizes());
  }
};

class SpatialTransformer : public UnetLayer {
 public:
  SpatialTransformer(const Weights& w, HeadRule rule)
      : norm_(load_norm(w.at("norm"), 1e-6)), in_(load_linear(w.at("proj_in"))), out_(load_linear(w.at("proj_out"))) {
    const std::int64_t heads = rule.heads_of(in_.weight.size(0));
    for (int i = 0; w.has("transformer_blocks." + std::to_string(i) + ".norm1.weight"); ++i)
      blocks_.emplace_back(w.at("transformer_blocks." + std::to_string(i)), heads);
  }

  at::Tensor forward(const at::Tensor& x, const at::Tensor&, const UnetText& text) const override {
    const auto rows_of = [](const at::Tensor& map) { return map.permute({0, 2, 3, 1}).flatten(1, 2); };  // [N, T, C]
    at::Tensor h = linear(rows_of(group_norm(x, norm_)), in_);
    for (const TransformerBlock& block : blocks_) h = block(h, text);
    h = linear_add(h, out_, rows_of(x));
    return h.view({x.size(0), x.size(2), x.size(3), x.size(1)}).permute({0, 3, 1, 2});  // [N, C, h, w]
  }

 private:
  Norm norm_;
  Linear in_, out_;
  std::vector<TransformerBlock> blocks_;
};

std::unique_ptr<UnetLayer> load_layer(const Weights& w, HeadRule rule) {
  if (w.has("in_layers.0.weight")) return std::make_unique<ResBlock>(w);
  if (w.has("transformer_blocks.0.norm1.weight")) return std::make_unique<SpatialTransformer>(w, rule);
  if (w.has("op.weight")) return std::make_unique<Downsample>(w);
  if (w.has("conv.weight")) return std::make_unique<Upsample>(w);
  if (w.has("weight")) return std::make_unique<FirstConv>(w);
  return nullptr;
}

}  // namespace

Unet::Block Unet::load_block(const Weights& weights, HeadRule rule) {
  Block block;
  for (int i = 0;; ++i) {
    auto layer = load_layer(weights.at(std::to_string(i)), rule);
    if (!layer) return block;
    block.push_back(std::move(layer));
  }
}

std::vector<Unet::Block> Unet::load_blocks(const Weights& weights, HeadRule rule) {
  std::vector<Block> blocks;
  for (int i = 0;; ++i) {
    Block block = load_block(weights.at(std::to_string(i)), rule);
    if (block.empty()) return blocks;
    blocks.push_back(std::move(block));
  }
}

std::int64_t HeadRule::heads_of(std::int64_t level_channels) const {
  const std::int64_t count = heads != 0 ? heads : level_channels / channels;
  if (count == 0 || level_channels % count != 0)
    throw Error(
        ErrorKind::kModel, "the UNet of the model does not fit its family", "model.diffusion_model",
        std::to_string(level_channels) + " channels cannot be split into " +
            (heads != 0 ? std::to_string(heads) + " heads" : "heads of " + std::to_string(channels) + " channels"),
        "fetch or export the file again");
  return count;
}

at::Tensor sinusoids(const at::Tensor& values, std::int64_t channels) {
  const std::int64_t half = channels / 2;
  const at::Tensor steps = at::arange(half, values.options().dtype(at::kFloat));
  // In this order, as A1111: another rounding of a frequency, times t, is seen in the picture.
  const at::Tensor frequencies = at::exp(steps * -std::log(10000.0) / static_cast<double>(half));
  const at::Tensor angles = values.to(at::kFloat).unsqueeze(1) * frequencies.unsqueeze(0);
  return at::cat({angles.cos(), angles.sin()}, 1);  // [N, channels]
}

Unet::Unet(const Weights& weights, HeadRule rule)
    : channels_(weights.raw("input_blocks.0.0.weight").size(0)),
      time_in_(load_linear(weights.at("time_embed.0"))), time_out_(load_linear(weights.at("time_embed.2"))),
      input_(load_blocks(weights.at("input_blocks"), rule)), output_(load_blocks(weights.at("output_blocks"), rule)),
      middle_(load_block(weights.at("middle_block"), rule)), out_norm_(load_norm(weights.at("out.0"), 1e-5)),
      out_conv_(load_conv(weights.at("out.2"))) {
  if (weights.has("label_emb.0.0.weight")) {
    label_in_ = load_linear(weights.at("label_emb.0.0"));
    label_out_ = load_linear(weights.at("label_emb.0.2"));
  }
  if (input_.size() != output_.size() || middle_.empty())
    throw Error(
        ErrorKind::kModel, "the UNet of the model is incomplete", weights.prefix(),
        std::to_string(input_.size()) + " input blocks and " + std::to_string(output_.size()) + " output blocks",
        "fetch or export the file again");
}

at::Tensor Unet::embed_time(const at::Tensor& t) const {
  const at::Tensor emb = sinusoids(t, channels_).to(time_in_.weight.scalar_type());  // [N, C]
  return linear(at::silu(linear(emb, time_in_)), time_out_);
}

void Unet::check_vector(const at::Tensor& vector) const {
  const std::int64_t wanted = label_in_.weight.defined() ? label_in_.weight.size(1) : 0;
  const std::int64_t given = vector.defined() ? vector.size(1) : 0;
  if (wanted != given)
    throw Error(ErrorKind::kModel, "the UNet of the model does not fit its text encoders", "label_emb.0.0.weight",
                "it takes a vector of " + std::to_string(wanted) + " numbers and they give " + std::to_string(given),
                "give a checkpoint whose parts belong together");
}

at::Tensor Unet::forward(const at::Tensor& x, const at::Tensor& t, const UnetText& text,
                         const at::Tensor& vector) const {
  check_vector(vector);
  at::Tensor emb = embed_time(t);
  if (vector.defined()) emb = emb + linear(at::silu(linear(vector, label_in_)), label_out_);
  const auto run = [&](const Block& block, at::Tensor h) {
    for (const auto& layer : block) h = layer->forward(h, emb, text);
    return h;
  };
  std::vector<at::Tensor> skips;
  at::Tensor h = x.contiguous(at::MemoryFormat::ChannelsLast);
  for (const Block& block : input_) skips.push_back(h = run(block, h));
  h = run(middle_, h);
  for (const Block& block : output_) {
    const at::Tensor skip = skips.back();
    skips.pop_back();
    // Odd sizes: the doubled map is one larger than its skip connection; A1111 resizes it by nearest.
    if (h.size(2) != skip.size(2) || h.size(3) != skip.size(3)) h = upsample_nearest(h, skip.size(2), skip.size(3));
    h = run(block, at::cat({h, skip}, 1));
  }
  return conv(group_norm_silu(h, out_norm_), out_conv_);
}

double v_probe(const Unet& unet, std::int64_t context_width, at::TensorOptions options) {
  const at::Tensor x = at::full({1, 4, 8, 8}, 0.5, options), context = at::full({1, 2, context_width}, 0.5, options);
  const at::Tensor t = at::full({1}, 999, options.dtype(at::kFloat));
  return (unet.forward(x, t, {context}, {}) - x).to(at::kFloat).mean().item<double>();
}

}  // namespace redraw
