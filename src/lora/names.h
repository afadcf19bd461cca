// Names of layers in LoRA files -> the weights of a checkpoint that they change.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace redraw {

/// What one layer of a LoRA changes.
struct LoraTarget {
  std::string module;  // key of the checkpoint without ".weight" and ".bias"
  bool is_text = false;
  /// 0, 1, 2: only the rows of q, k or v in OpenCLIP's in_proj_weight and in_proj_bias; -1: the whole weight.
  int third = -1;

  std::string weight_key() const { return module + (third < 0 ? ".weight" : ".in_proj_weight"); }
  std::string bias_key() const { return module + (third < 0 ? ".bias" : ".in_proj_bias"); }
  /// The attention of OpenCLIP that it is a layer of; empty: of none.
  std::string attention() const;
};

/// By every name that a layer has in LoRA files: kohya's with diffusers' block names
/// ("lora_unet_down_blocks_0_resnets_0_conv1") and with the checkpoint's own
/// ("lora_unet_input_blocks_1_0_in_layers_2"), lora_te_, lora_te1_, lora_te2_, and diffusers' "unet.", "text_encoder.",
/// "text_encoder_2.".
using LoraTargets = std::map<std::string, LoraTarget>;

/// keys    of UNet and text encoders in the checkpoint
/// source   kohya sd-scripts, diffusers and PEFT; A1111 1.10's Lora extension; golden: models/lora_deltas
LoraTargets lora_targets(const std::set<std::string>& keys);

}  // namespace redraw
