// Names of layers in LoRA files -> the weights of a checkpoint that they change.
#include "lora/names.h"

#include <algorithm>
#include <set>

#include "lora/unet_names.h"

namespace redraw {
namespace {

constexpr std::string_view kUnet = "model.diffusion_model.", kWeight = ".weight", kInProj = ".in_proj_weight";

/// A text encoder of a checkpoint and what LoRA files call it.
struct EncoderRow {
  std::string_view prefix;  // in the checkpoint
  bool open_clip;
  std::string_view kohya, diffusers;
};
constexpr EncoderRow kEncoders[] = {
    {"cond_stage_model.transformer.", false, "lora_te_", "text_encoder."},
    {"cond_stage_model.model.", true, "lora_te_", "text_encoder."},
    {"conditioner.embedders.0.transformer.", false, "lora_te1_", "text_encoder."},
    {"conditioner.embedders.1.model.", true, "lora_te2_", "text_encoder_2."}};

/// Inside a layer of OpenCLIP and of transformers' CLIP.
constexpr std::pair<std::string_view, std::string_view> kOpenClip[] = {
    {"attn.out_proj", "self_attn.out_proj"}, {"mlp.c_fc", "mlp.fc1"}, {"mlp.c_proj", "mlp.fc2"},
    {"ln_1", "layer_norm1"},                 {"ln_2", "layer_norm2"}};
constexpr std::string_view kThirds[] = {"q_proj", "k_proj", "v_proj"};

/// What follows the prefix in the keys that end so, without that end.
std::set<std::string> modules_below(const std::set<std::string>& keys, std::string_view prefix, std::string_view end) {
  std::set<std::string> modules;
  for (auto it = keys.lower_bound(std::string(prefix)); it != keys.end() && it->starts_with(prefix); ++it)
    if (it->ends_with(end)) modules.insert(it->substr(prefix.size(), it->size() - prefix.size() - end.size()));
  return modules;
}

std::string underscored(std::string name) {
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

void add_unet(const std::set<std::string>& keys, LoraTargets& targets) {
  const std::set<std::string> modules = modules_below(keys, kUnet, kWeight);
  const auto named = diffusers_names(modules);
  for (const std::string& module : modules) {
    const LoraTarget target{std::string(kUnet) + module, false};
    targets.emplace("lora_unet_" + underscored(module), target);
    targets.emplace("diffusion_model." + module, target);
    const auto found = named.find(module);
    if (found == named.end()) continue;
    targets.emplace("lora_unet_" + underscored(found->second), target);
    targets.emplace("unet." + found->second, target);
    targets.emplace(found->second, target);  // the oldest files of diffusers hold a UNet alone
  }
}

/// name  in transformers' CLIPTextModel: "text_model.encoder.layers.0.mlp.fc1"
void add_text(const EncoderRow& row, const std::string& name, const LoraTarget& target, LoraTargets& targets) {
  targets.emplace(std::string(row.kohya) + underscored(name), target);
  targets.emplace(std::string(row.diffusers) + name, target);
}

void add_clip(const EncoderRow& row, const std::set<std::string>& keys, LoraTargets& targets) {
  for (const std::string& module : modules_below(keys, row.prefix, kWeight)) {
    const std::string name = module.starts_with("text_model.") ? module : "text_model." + module;
    add_text(row, name, {std::string(row.prefix) + module, true}, targets);
  }
}

void add_open_clip(const EncoderRow& row, const std::set<std::string>& keys, LoraTargets& targets) {
  const std::string blocks = std::string(row.prefix) + "transformer.resblocks.";
  const auto layer_name = [](const std::string& number) { return "text_model.encoder.layers." + number + "."; };
  for (const std::string& module : modules_below(keys, blocks, kWeight)) {
    const std::size_t dot = module.find('.');
    for (const auto& [own, clip] : kOpenClip)
      if (dot != std::string::npos && module.substr(dot + 1) == own)
        add_text(row, layer_name(module.substr(0, dot)) + std::string(clip), {blocks + module, true}, targets);
  }
  for (const std::string& module : modules_below(keys, blocks, kInProj))  // "0.attn"
    for (int third = 0; third < 3; ++third)
      add_text(row, layer_name(module.substr(0, module.find('.'))) + "self_attn." + std::string(kThirds[third]),
               {blocks + module, true, third}, targets);
}

}  // namespace

std::string LoraTarget::attention() const {
  constexpr std::string_view kOut = ".attn.out_proj";
  if (third >= 0) return module;
  const bool is_out = module.find(".resblocks.") != std::string::npos && module.ends_with(kOut);
  return is_out ? module.substr(0, module.rfind('.')) : "";
}

LoraTargets lora_targets(const std::set<std::string>& keys) {
  LoraTargets targets;
  add_unet(keys, targets);
  for (const EncoderRow& row : kEncoders) (row.open_clip ? add_open_clip : add_clip)(row, keys, targets);
  return targets;
}

}  // namespace redraw
