// Tests of lora/names: the spellings of a layer, and what they stand for.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include "lora/names.h"
#include "lora/unet_names.h"

using namespace redraw;

namespace {

std::set<std::string> with_keys(std::initializer_list<const char*> keys) { return {keys.begin(), keys.end()}; }

std::string key_of(const LoraTargets& targets, const std::string& name) {
  const auto found = targets.find(name);
  return found == targets.end() ? "nothing" : found->second.weight_key();
}

}  // namespace

CATCH_TEST_CASE("diffusers_names: levels end where the keys say so, whatever the number of blocks", "[lora]") {
  const auto names =
      diffusers_names({"input_blocks.0.0", "input_blocks.1.0.in_layers.0", "input_blocks.1.0.in_layers.2",
                       "input_blocks.2.0.op", "input_blocks.3.0.in_layers.0", "input_blocks.3.1.proj_in",
                       "input_blocks.4.0.in_layers.0", "middle_block.0.out_layers.3", "middle_block.1.norm",
                       "output_blocks.0.0.in_layers.0", "output_blocks.0.1.proj_in", "output_blocks.1.0.in_layers.0",
                       "output_blocks.1.1.norm", "output_blocks.1.2.conv", "output_blocks.2.0.in_layers.0",
                       "output_blocks.2.0.skip_connection", "time_embed.2", "out.2", "somewhere.else"});
  CATCH_CHECK(names.at("input_blocks.0.0") == "conv_in");
  CATCH_CHECK(names.at("input_blocks.1.0.in_layers.2") == "down_blocks.0.resnets.0.conv1");
  CATCH_CHECK(names.at("input_blocks.2.0.op") == "down_blocks.0.downsamplers.0.conv");
  CATCH_CHECK(names.at("input_blocks.3.1.proj_in") == "down_blocks.1.attentions.0.proj_in");
  CATCH_CHECK(names.at("input_blocks.4.0.in_layers.0") == "down_blocks.1.resnets.1.norm1");
  CATCH_CHECK(names.at("middle_block.0.out_layers.3") == "mid_block.resnets.0.conv2");
  CATCH_CHECK(names.at("output_blocks.0.1.proj_in") == "up_blocks.0.attentions.0.proj_in");
  CATCH_CHECK(names.at("output_blocks.1.1.norm") == "up_blocks.0.attentions.1.norm");
  CATCH_CHECK(names.at("output_blocks.1.2.conv") == "up_blocks.0.upsamplers.0.conv");
  CATCH_CHECK(names.at("output_blocks.2.0.skip_connection") == "up_blocks.1.resnets.0.conv_shortcut");
  CATCH_CHECK(names.at("time_embed.2") == "time_embedding.linear_2");
  CATCH_CHECK_FALSE(names.contains("somewhere.else"));
}

CATCH_TEST_CASE("lora_targets: kohya's two spellings and diffusers' own lead to one key", "[lora]") {
  const LoraTargets targets = lora_targets(
      with_keys({"model.diffusion_model.input_blocks.1.0.in_layers.0.weight",
                 "model.diffusion_model.input_blocks.1.0.in_layers.0.bias",
                 "model.diffusion_model.input_blocks.1.1.proj_in.weight", "first_stage_model.encoder.conv_in.weight"}));
  const std::string key = "model.diffusion_model.input_blocks.1.1.proj_in.weight";
  for (const char* name : {"lora_unet_down_blocks_0_attentions_0_proj_in", "lora_unet_input_blocks_1_1_proj_in",
                           "unet.down_blocks.0.attentions.0.proj_in", "down_blocks.0.attentions.0.proj_in"})
    CATCH_CHECK(key_of(targets, name) == key);
  for (const auto& [name, target] : targets) CATCH_CHECK_FALSE(target.is_text);
  CATCH_CHECK(targets.at("lora_unet_input_blocks_1_0_in_layers_0").bias_key() ==
              "model.diffusion_model.input_blocks.1.0.in_layers.0.bias");
}

CATCH_TEST_CASE("lora_targets: text encoders, with and without text_model in the checkpoint", "[lora]") {
  const std::string layer = "encoder.layers.3.mlp.fc1.weight", name = "text_model_encoder_layers_3_mlp_fc1";
  const auto key_in = [&](const std::string& prefix, const std::string& wanted) {
    return key_of(lora_targets(with_keys({(prefix + layer).c_str()})), wanted);
  };
  for (const std::string prefix : {"cond_stage_model.transformer.text_model.", "cond_stage_model.transformer."}) {
    CATCH_CHECK(key_in(prefix, "lora_te_" + name) == prefix + layer);
    CATCH_CHECK(key_in(prefix, "text_encoder.text_model.encoder.layers.3.mlp.fc1") == prefix + layer);
  }
  const std::string first = "conditioner.embedders.0.transformer.text_model.";
  CATCH_CHECK(key_in(first, "lora_te1_" + name) == first + layer);
  CATCH_CHECK(key_in(first, "lora_te_" + name) == "nothing");
}

CATCH_TEST_CASE("lora_targets: OpenCLIP's q, k and v are thirds of one weight", "[lora]") {
  const LoraTargets targets =
      lora_targets(with_keys({"conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight",
                              "conditioner.embedders.1.model.transformer.resblocks.0.attn.out_proj.weight",
                              "conditioner.embedders.1.model.transformer.resblocks.0.mlp.c_proj.weight"}));
  const LoraTarget& v = targets.at("lora_te2_text_model_encoder_layers_0_self_attn_v_proj");
  CATCH_CHECK(v.weight_key() == "conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight");
  CATCH_CHECK(v.bias_key() == "conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_bias");
  CATCH_CHECK(v.third == 2);
  CATCH_CHECK(v.is_text);
  const LoraTarget& out = targets.at("text_encoder_2.text_model.encoder.layers.0.self_attn.out_proj");
  CATCH_CHECK(out.attention() == v.attention());
  const LoraTarget& down = targets.at("lora_te2_text_model_encoder_layers_0_mlp_fc2");
  CATCH_CHECK(down.weight_key() == "conditioner.embedders.1.model.transformer.resblocks.0.mlp.c_proj.weight");
  CATCH_CHECK(down.attention().empty());
}
