// Checkpoints made on the spot: the true layouts of all families with a few random weights.
#pragma once

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <string>
#include <vector>

#include "nn/load_tensors.h"

namespace redraw::test {

struct MadeFamily {
  std::string name;  // "sd1", "sd2", "sdxl"
  std::int64_t in_channels = 4;
};

/// One residual block and one transformer on each of two levels, 64 channels, text encoders of 64 and 128.
class MadeModel {
 public:
  explicit MadeModel(const MadeFamily& family, std::uint64_t seed = 1)
      : family_(family), generator_(at::make_generator<at::CPUGeneratorImpl>(seed)) {
    unet("model.diffusion_model.");
    vae("first_stage_model.");
    if (family.name == "sd1") clip("cond_stage_model.transformer.text_model.", 64);
    if (family.name == "sd2") open_clip("cond_stage_model.model.", 64);
    if (family.name == "sdxl") {
      clip("conditioner.embedders.0.transformer.text_model.", 64);
      open_clip("conditioner.embedders.1.model.", 128);
    }
  }
  StateDict keys;

 private:
  using Shape = std::vector<std::int64_t>;
  static constexpr std::int64_t kWidth = 64, kEmb = 256, kVaeWidth = 32;

  void put(const std::string& key, const Shape& shape) {
    std::int64_t fan_in = 1;
    for (std::size_t i = 1; i < shape.size(); ++i) fan_in *= shape[i];
    keys[key] = at::randn(shape, generator_, at::kFloat) / std::sqrt(static_cast<double>(fan_in));
  }
  void layer(const std::string& key, const Shape& shape, bool bias = true) {
    put(key + ".weight", shape);
    if (bias) keys[key + ".bias"] = at::randn({shape[0]}, generator_, at::kFloat) * 0.1;
  }
  void norm(const std::string& key, std::int64_t width) {
    keys[key + ".weight"] = at::ones({width}) + at::randn({width}, generator_, at::kFloat) * 0.1;
    keys[key + ".bias"] = at::randn({width}, generator_, at::kFloat) * 0.1;
  }

  void res_block(const std::string& key, std::int64_t inputs) {
    norm(key + ".in_layers.0", inputs);
    layer(key + ".in_layers.2", {kWidth, inputs, 3, 3});
    layer(key + ".emb_layers.1", {kWidth, kEmb});
    norm(key + ".out_layers.0", kWidth);
    layer(key + ".out_layers.3", {kWidth, kWidth, 3, 3});
    if (inputs != kWidth) layer(key + ".skip_connection", {kWidth, inputs, 1, 1});
  }

  void transformer(const std::string& key) {
    const std::int64_t context = family_.name == "sdxl" ? 192 : 64;
    const Shape projection = family_.name == "sd1" ? Shape{kWidth, kWidth, 1, 1} : Shape{kWidth, kWidth};
    norm(key + ".norm", kWidth);
    layer(key + ".proj_in", projection);
    const std::string block = key + ".transformer_blocks.0.";
    for (const auto& [name, source] : {std::pair{"attn1", kWidth}, std::pair{"attn2", context}}) {
      layer(block + name + ".to_q", {kWidth, kWidth}, false);
      layer(block + name + ".to_k", {kWidth, source}, false);
      layer(block + name + ".to_v", {kWidth, source}, false);
      layer(block + name + ".to_out.0", {kWidth, kWidth});
    }
    layer(block + "ff.net.0.proj", {8 * kWidth, kWidth});
    layer(block + "ff.net.2", {kWidth, 4 * kWidth});
    for (const char* name : {"norm1", "norm2", "norm3"}) norm(block + name, kWidth);
    layer(key + ".proj_out", projection);
  }

  void unet(const std::string& root) {
    layer(root + "time_embed.0", {kEmb, kWidth});
    layer(root + "time_embed.2", {kEmb, kEmb});
    if (family_.name == "sdxl") {
      layer(root + "label_emb.0.0", {kEmb, 128 + 6 * 256});
      layer(root + "label_emb.0.2", {kEmb, kEmb});
    }
    layer(root + "input_blocks.0.0", {kWidth, family_.in_channels, 3, 3});
    for (const char* n : {"1", "3"}) {
      res_block(root + "input_blocks." + n + ".0", kWidth);
      transformer(root + "input_blocks." + n + ".1");
    }
    layer(root + "input_blocks.2.0.op", {kWidth, kWidth, 3, 3});
    res_block(root + "middle_block.0", kWidth);
    transformer(root + "middle_block.1");
    res_block(root + "middle_block.2", kWidth);
    for (const char* n : {"0", "1", "2", "3"}) {
      res_block(root + "output_blocks." + n + ".0", 2 * kWidth);
      transformer(root + "output_blocks." + n + ".1");
    }
    layer(root + "output_blocks.1.2.conv", {kWidth, kWidth, 3, 3});
    norm(root + "out.0", kWidth);
    layer(root + "out.2", {4, kWidth, 3, 3});
  }

  void vae_block(const std::string& key, std::int64_t inputs, std::int64_t outputs) {
    norm(key + ".norm1", inputs);
    layer(key + ".conv1", {outputs, inputs, 3, 3});
    norm(key + ".norm2", outputs);
    layer(key + ".conv2", {outputs, outputs, 3, 3});
    if (inputs != outputs) layer(key + ".nin_shortcut", {outputs, inputs, 1, 1});
  }

  void vae_middle(const std::string& key, std::int64_t width) {
    vae_block(key + ".block_1", width, width);
    norm(key + ".attn_1.norm", width);
    for (const char* name : {"q", "k", "v", "proj_out"}) layer(key + ".attn_1." + name, {width, width, 1, 1});
    vae_block(key + ".block_2", width, width);
  }

  /// Four levels, the lowest of twice the width.
  void vae(const std::string& root) {
    const auto width_of = [](int level) { return level == 3 ? 2 * kVaeWidth : kVaeWidth; };
    layer(root + "encoder.conv_in", {kVaeWidth, 3, 3, 3});
    for (int i = 0; i < 4; ++i) {
      const std::string down = root + "encoder.down." + std::to_string(i),
                        up = root + "decoder.up." + std::to_string(i);
      vae_block(down + ".block.0", i == 0 ? kVaeWidth : width_of(i - 1), width_of(i));
      vae_block(up + ".block.0", i == 3 ? width_of(3) : width_of(i + 1), width_of(i));
      if (i < 3) layer(down + ".downsample.conv", {width_of(i), width_of(i), 3, 3});
      if (i > 0) layer(up + ".upsample.conv", {width_of(i), width_of(i), 3, 3});
    }
    vae_middle(root + "encoder.mid", width_of(3));
    norm(root + "encoder.norm_out", width_of(3));
    layer(root + "encoder.conv_out", {8, width_of(3), 3, 3});
    layer(root + "quant_conv", {8, 8, 1, 1});
    layer(root + "post_quant_conv", {4, 4, 1, 1});
    layer(root + "decoder.conv_in", {width_of(3), 4, 3, 3});
    vae_middle(root + "decoder.mid", width_of(3));
    norm(root + "decoder.norm_out", kVaeWidth);
    layer(root + "decoder.conv_out", {3, kVaeWidth, 3, 3});
  }

  void clip(const std::string& root, std::int64_t width) {
    put(root + "embeddings.token_embedding.weight", {49408, width});
    put(root + "embeddings.position_embedding.weight", {77, width});
    for (const char* n : {"0", "1", "2"}) {
      const std::string key = root + "encoder.layers." + n;
      for (const char* name : {"q_proj", "k_proj", "v_proj", "out_proj"})
        layer(key + ".self_attn." + name, {width, width});
      layer(key + ".mlp.fc1", {4 * width, width});
      layer(key + ".mlp.fc2", {width, 4 * width});
      norm(key + ".layer_norm1", width);
      norm(key + ".layer_norm2", width);
    }
    norm(root + "final_layer_norm", width);
  }

  void open_clip(const std::string& root, std::int64_t width) {
    put(root + "token_embedding.weight", {49408, width});
    put(root + "positional_embedding", {77, width});
    for (const char* n : {"0", "1", "2"}) {
      const std::string key = root + "transformer.resblocks." + n;
      put(key + ".attn.in_proj_weight", {3 * width, width});
      keys[key + ".attn.in_proj_bias"] = at::randn({3 * width}, generator_, at::kFloat) * 0.1;
      layer(key + ".attn.out_proj", {width, width});
      layer(key + ".mlp.c_fc", {4 * width, width});
      layer(key + ".mlp.c_proj", {width, 4 * width});
      norm(key + ".ln_1", width);
      norm(key + ".ln_2", width);
    }
    norm(root + "ln_final", width);
    put(root + "text_projection", {width, width});
  }

  MadeFamily family_;
  at::Generator generator_;
};

}  // namespace redraw::test
