// A LoRA file: its tensors sorted by the layer that they change.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "nn/load_tensors.h"

namespace redraw {

/// The tensors of one layer by their part in it: "lora_up", "lora_down", "alpha", "hada_w1_a", "diff", ...
using LoraParts = std::map<std::string, at::Tensor>;

struct LoraFile {
  std::filesystem::path path;
  std::map<std::string, LoraParts> layers;  // by the name in the file, without its part
  std::vector<std::string> unread;          // keys that belong to no layer
};

/// The several spellings of a part become one: PEFT's lora_A is lora_down, w_norm is diff, and so on.
LoraFile sort_lora(const std::filesystem::path& path, const StateDict& tensors);

/// Errors: kFile, kModel as load_tensors; kModel where no tensor belongs to a LoRA.
LoraFile read_lora(const std::filesystem::path& path);

}  // namespace redraw
