// What a checkpoint is, read off its keys and shapes without loading it.
#include "models/shapes.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace redraw {
namespace {

constexpr const char* kUnet = "model.diffusion_model.";
constexpr int kHeadChannels = 64, kSd1Heads = 8;
constexpr double kVSpread = 0.09;  // Forge's and ComfyUI's

class Shapes {
 public:
  explicit Shapes(const StateDict& keys) : keys_(keys) {}
  /// Of the tensor's dimension; nullopt: it is not there.
  std::optional<int> side(const std::string& key, std::int64_t dim) const {
    const auto found = keys_.find(key);
    if (found == keys_.end() || found->second.dim() <= dim) return std::nullopt;
    return static_cast<int>(found->second.size(dim));
  }
  bool has(const std::string& key) const { return keys_.contains(key); }
  /// How many of pattern's keys (with the number for {}) are there, from 0 on.
  int count(const std::string& pattern) const {
    int n = 0;
    while (has(fmt::format(fmt::runtime(pattern), n))) ++n;
    return n;
  }

 private:
  const StateDict& keys_;
};

struct Attention {
  int depth = 0, width = 0;
};

/// The transformer of a block; depth 0: it has none.
Attention attention_of(const Shapes& shapes, const std::string& block) {
  const int depth = shapes.count(block + ".1.transformer_blocks.{}.norm1.weight");
  return {depth, depth == 0 ? 0 : *shapes.side(block + ".1.transformer_blocks.0.norm1.weight", 0)};
}

int heads_of(const Attention& attention, bool sd1) {
  if (attention.depth == 0) return 0;
  return sd1 ? kSd1Heads : attention.width / kHeadChannels;
}

/// Levels end where a block only shrinks.
void read_levels(const Shapes& shapes, bool sd1, ModelShape& shape) {
  bool begins = true;
  for (int n = 1;; ++n) {
    const std::string block = fmt::format("{}input_blocks.{}", kUnet, n);
    const auto width = shapes.side(block + ".0.out_layers.3.weight", 0);
    if (!width && !shapes.has(block + ".0.op.weight")) return;
    if (!width) { begins = true; continue; }
    if (begins) {
      const Attention attention = attention_of(shapes, block);
      shape.channel_mult.push_back(*width / std::max(shape.model_channels, 1));
      shape.num_res_blocks.push_back(0);
      shape.transformer_depth.push_back(attention.depth);
      shape.heads.push_back(heads_of(attention, sd1));
    }
    ++shape.num_res_blocks.back();
    begins = false;
  }
}

void read_unet(const Shapes& shapes, const StateDict& keys, bool sd1, ModelShape& shape) {
  const std::string unet = kUnet;
  shape.model_channels = shapes.side(unet + "input_blocks.0.0.weight", 0).value_or(0);
  shape.in_channels = shapes.side(unet + "input_blocks.0.0.weight", 1).value_or(0);
  read_levels(shapes, sd1, shape);
  const Attention middle = attention_of(shapes, unet + "middle_block");
  shape.transformer_depth_middle = middle.depth;
  shape.heads_middle = heads_of(middle, sd1);
  shape.context_dim = shapes.side(unet + "middle_block.1.transformer_blocks.0.attn2.to_k.weight", 1).value_or(0);
  shape.adm_in_channels = shapes.side(unet + "label_emb.0.0.weight", 1).value_or(0);
  const auto projection = keys.find(unet + "middle_block.1.proj_in.weight");
  shape.linear_projection = projection != keys.end() && projection->second.dim() == 2;
}

/// Both layouts: transformers' and open_clip's.
void read_text_encoder(const Shapes& shapes, const std::string& prefix, ModelShape& shape) {
  const std::string text = shapes.has(prefix + "text_model.final_layer_norm.weight") ? prefix + "text_model." : prefix;
  const int plain = shapes.count(text + "encoder.layers.{}.layer_norm1.weight");
  const int layers = plain != 0 ? plain : shapes.count(text + "transformer.resblocks.{}.ln_1.weight");
  if (layers == 0) return;
  const std::string norm = text + (plain != 0 ? "final_layer_norm.weight" : "ln_final.weight");
  shape.text_layers.push_back(layers);
  shape.text_heads.push_back(shapes.side(norm, 0).value_or(0) / kHeadChannels);
}

void read_vae(const Shapes& shapes, ModelShape& shape) {
  const std::string encoder = "first_stage_model.encoder.";
  const int base = std::max(shapes.side(encoder + "conv_in.weight", 0).value_or(1), 1);
  for (int i = 0; i < shapes.count(encoder + "down.{}.block.0.conv2.weight"); ++i)
    shape.vae_ch_mult.push_back(shapes.side(fmt::format("{}down.{}.block.0.conv2.weight", encoder, i), 0).value_or(0) / base);
}

std::string prediction_of(const StateDict& keys, const ModelShape& shape) {
  if (shape.family == "sdxl") return keys.contains("v_pred") ? "v" : "eps";
  if (shape.family == "sd2" && shape.in_channels == 4 && spread_of_last_norm(keys) > kVSpread) return "v";
  return "eps";
}

}  // namespace

double spread_of_last_norm(const StateDict& keys) {
  const auto found = keys.find(std::string(kUnet) + "output_blocks.11.1.transformer_blocks.0.norm1.bias");
  return found == keys.end() ? 0 : found->second.to(at::kDouble).std(false).item<double>();
}

ModelShape shape_of(const StateDict& keys, const std::string& family) {
  const Shapes shapes(keys);
  ModelShape shape;
  shape.family = family;
  read_unet(shapes, keys, family == "sd1", shape);
  for (const char* prefix : {"cond_stage_model.transformer.", "cond_stage_model.model.", "conditioner.embedders.0.transformer.",
                             "conditioner.embedders.0.model.", "conditioner.embedders.1.model."})
    read_text_encoder(shapes, prefix, shape);
  read_vae(shapes, shape);
  shape.ztsnr = family == "sdxl" && keys.contains("ztsnr");
  shape.prediction = prediction_of(keys, shape);
  return shape;
}

}  // namespace redraw
