// TABLE of kinds of networks: LoRA, LoHa, LoKr, ...: the tensors of a layer -> what is added to its weight.
#pragma once

#include <optional>
#include <string>

#include <ATen/core/Tensor.h>

#include "lora/file.h"

namespace redraw {

/// What is added to a weight (of its shape) and to its bias, f32, for the weight 1; undefined: nothing.
struct LoraDelta {
  at::Tensor weight, bias;
};

struct LoraLayer {
  const LoraFile& file;
  std::string name;
  const LoraParts& parts;
};

/// Errors: kModel naming file and layer, always.
[[noreturn]] void reject_layer(const LoraLayer& layer, const std::string& why);

/// weight  f32, as it stands in the checkpoint; DoRA, GLoRA, OFT and IA3 depend on it
/// dim     "dyn" of the prompt: only so many ranks of a plain LoRA count
/// Errors: kModel naming file and layer: a part is missing, sizes do not fit, the kind is not known.
/// source  kohya sd-scripts, LyCORIS, PEFT; A1111 1.10's Lora extension; golden: models/lora_deltas
LoraDelta lora_delta(const LoraLayer& layer, const at::Tensor& weight, std::optional<int> dim);

}  // namespace redraw
