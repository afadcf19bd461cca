// TABLE of model families: what a checkpoint is, by its keys, and who loads it.
#include "models/families.h"

#include <algorithm>

#include "redraw/error.h"

namespace redraw {
namespace {

constexpr const char* kUnet = "model.diffusion_model.input_blocks.0.0.weight";

bool is_sdxl(const StateDict& keys) { return keys.contains("conditioner.embedders.1.model.ln_final.weight"); }
bool is_refiner(const StateDict& keys) { return keys.contains("conditioner.embedders.0.model.ln_final.weight"); }
bool is_sd2(const StateDict& keys) { return keys.contains("cond_stage_model.model.transformer.resblocks.0.attn.in_proj_weight"); }
bool is_sd1(const StateDict& keys) {
  const auto text = keys.lower_bound("cond_stage_model.transformer.");
  return keys.contains(kUnet) && text != keys.end() && text->first.starts_with("cond_stage_model.transformer.");
}

constexpr FamilyRow kFamilies[] = {
    {"sdxl", is_sdxl, nullptr}, {"sdxl refiner", is_refiner, nullptr}, {"sd2", is_sd2, nullptr}, {"sd1", is_sd1, load_sd1}};

struct OtherKind {
  const char* part;  // of a key
  const char* what;
};
/// What people hand over instead of a checkpoint.
constexpr OtherKind kOthers[] = {
    {"lora_up", "a LoRA: it changes a checkpoint and is none"},
    {"lora_A", "a LoRA: it changes a checkpoint and is none"},
    {"hada_w1", "a LoRA (LoHa): it changes a checkpoint and is none"},
    {"lokr_w", "a LoRA (LoKr): it changes a checkpoint and is none"},
    {"control_model.", "a ControlNet"},
    {"emb_params", "a textual inversion embedding"},
    {"string_to_param", "a textual inversion embedding"},
    {"encoder.conv_in", "a VAE: give it with --vae"},
    {"conv_first", "an upscaler"},
    {"body.0", "an upscaler"},
    {"model.diffusion_model.", "a UNet without text encoder"}};

}  // namespace

const FamilyRow& family_of(const StateDict& keys, const std::filesystem::path& checkpoint) {
  for (const FamilyRow& row : kFamilies)
    if (row.detect(keys)) return row;
  std::string what = "none of its " + std::to_string(keys.size()) + " keys belongs to a Stable Diffusion checkpoint";
  for (const OtherKind& other : kOthers) {
    const bool found = std::any_of(keys.begin(), keys.end(), [&](const auto& entry) { return entry.first.find(other.part) != std::string::npos; });
    if (found) { what = std::string("it is ") + other.what; break; }
  }
  throw Error(ErrorKind::kModel, "\"" + checkpoint.filename().string() + "\" is no checkpoint", checkpoint.string(), what,
              "give a Stable Diffusion 1.x checkpoint with --model");
}

std::unique_ptr<Model> load_model(const std::filesystem::path& checkpoint, const std::filesystem::path& vae,
                                  const DeviceChoice& device) {
  const StateDict state_dict = load_tensors(checkpoint);
  const FamilyRow& family = family_of(state_dict, checkpoint);
  if (family.load == nullptr)
    throw Error(ErrorKind::kModel, "\"" + checkpoint.filename().string() + "\" is of a family that redraw does not run yet",
                checkpoint.string(), std::string("its keys say ") + family.name, "give a Stable Diffusion 1.x checkpoint");
  return family.load(state_dict, checkpoint, vae, device);
}

}  // namespace redraw
