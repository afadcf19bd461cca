// TABLE of kinds of model files: what a file is, by its keys alone.
#include "inspect/kinds.h"

namespace redraw {
namespace {

constexpr const char* kUnet = "model.diffusion_model.input_blocks.0.0.weight";

bool is_sdxl(const KeySet& keys) {
  return keys.has(kUnet) && keys.has("conditioner.embedders.1.model.ln_final.weight");
}
bool is_refiner(const KeySet& keys) {
  return keys.has(kUnet) && keys.has("conditioner.embedders.0.model.ln_final.weight");
}
bool is_sd2(const KeySet& keys) {
  return keys.has(kUnet) && keys.has("cond_stage_model.model.transformer.resblocks.0.attn.in_proj_weight");
}
bool is_sd1(const KeySet& keys) { return keys.has(kUnet) && keys.has_prefix("cond_stage_model.transformer."); }

bool any_of(const KeySet& keys, std::initializer_list<const char*> parts) {
  return std::any_of(parts.begin(), parts.end(), [&](const char* part) { return keys.has_part(part); });
}

bool is_loha(const KeySet& keys) { return keys.has_part(".hada_w1"); }
bool is_lokr(const KeySet& keys) { return keys.has_part(".lokr_w"); }
bool is_lora(const KeySet& keys) {
  return any_of(keys, {".lora_up.", ".lora_down.", ".lora_A.", ".lora_B.", ".lora.up.", ".lora.down.", "_lora.up.",
                       "_lora.down."}) ||
         keys.has_prefix("lora_unet_") || keys.has_prefix("lora_te");
}
bool is_controlnet(const KeySet& keys) { return any_of(keys, {"control_model.", "controlnet_cond_embedding."}); }
bool is_ip_adapter(const KeySet& keys) { return keys.has_prefix("ip_adapter."); }
bool is_motion_module(const KeySet& keys) { return keys.has_part("motion_modules."); }
bool is_flux(const KeySet& keys) { return keys.has_part("double_blocks.0."); }
bool is_sd3(const KeySet& keys) { return keys.has_part("joint_blocks.0."); }
bool is_diffusers_unet(const KeySet& keys) {
  return any_of(keys, {"down_blocks.0.resnets.", "down_blocks.0.attentions."}) && !keys.has_part("encoder.");
}
bool is_embedding(const KeySet& keys) {
  const bool lone = keys.all().size() == 1 && keys.all()[0].find('.') == std::string_view::npos;
  return keys.has("emb_params") || keys.has_prefix("string_to_param.") || keys.has("clip_l") || keys.has("clip_g") ||
         lone;
}
bool is_taesd(const KeySet& keys) { return keys.has_part("taesd_") || keys.has("decoder.layers.0.weight"); }
bool is_vae(const KeySet& keys) {
  return keys.has_part("encoder.conv_in.weight") && keys.has_part("decoder.conv_in.weight");
}
bool is_diffusers_vae(const KeySet& keys) { return is_vae(keys) && keys.has_part("encoder.down_blocks."); }
bool is_vae_part(const KeySet& keys) { return any_of(keys, {"encoder.conv_in.", "decoder.conv_in."}); }
bool is_esrgan(const KeySet& keys) {
  return any_of(keys, {"model.1.sub.0.", "body.0.rdb1.", "RRDB_trunk.0.RDB1.", "body.0.RDB1."});
}
bool is_dat(const KeySet& keys) { return any_of(keys, {"before_RG.", "layers.0.blocks.0.attn.attns."}); }
bool is_swinir(const KeySet& keys) { return keys.has_part("layers.0.residual_group."); }
bool is_compact(const KeySet& keys) {
  return keys.has("body.0.weight") || any_of(keys, {"params.body.0.weight", "params_ema.body.0.weight"});
}
bool is_other_upscaler(const KeySet& keys) { return keys.has_part("conv_first."); }
bool is_text_encoder(const KeySet& keys) {
  return any_of(keys, {"text_model.encoder.layers.0.", "transformer.resblocks.0."});
}
bool is_bare_unet(const KeySet& keys) { return keys.has_part("model.diffusion_model."); }

using enum ModelKind;
constexpr KindRow kKinds[] = {
    {kCheckpoint, "sdxl", is_sdxl, "a Stable Diffusion XL checkpoint", ""},
    {kCheckpoint, "sdxl refiner", is_refiner, "a Stable Diffusion XL refiner", ""},
    {kCheckpoint, "sd2", is_sd2, "a Stable Diffusion 2.x checkpoint", ""},
    {kCheckpoint, "sd1", is_sd1, "a Stable Diffusion 1.x checkpoint", ""},
    {kOther, "", is_flux, "a Flux model", "another architecture"},
    {kOther, "", is_sd3, "a Stable Diffusion 3 model", "another architecture"},
    {kOther, "", is_controlnet, "a ControlNet", ""},
    {kOther, "", is_ip_adapter, "an IP-Adapter", ""},
    {kOther, "", is_motion_module, "a motion module of AnimateDiff", ""},
    {kLora, "", is_loha, "a LoRA (LoHa)", "it changes a checkpoint and is none"},
    {kLora, "", is_lokr, "a LoRA (LoKr)", "it changes a checkpoint and is none"},
    {kLora, "", is_lora, "a LoRA", "it changes a checkpoint and is none"},
    {kEmbedding, "", is_embedding, "a textual inversion embedding", ""},
    {kOther, "", is_taesd, "a TAESD (tiny autoencoder), not a full VAE", ""},
    {kVae, "diffusers", is_diffusers_vae, "a VAE in the layout of diffusers", "give it with --vae"},
    {kVae, "", is_vae, "a VAE", "give it with --vae"},
    {kOther, "", is_vae_part, "one half of a VAE", ""},
    {kUpscaler, "esrgan", is_esrgan, "an upscaler (ESRGAN)", ""},
    {kUpscaler, "dat", is_dat, "an upscaler (DAT)", ""},
    {kUpscaler, "swinir", is_swinir, "an upscaler (SwinIR)", ""},
    {kUpscaler, "compact", is_compact, "an upscaler (Compact)", ""},
    {kUpscaler, "", is_other_upscaler, "an upscaler", ""},
    {kOther, "", is_bare_unet, "a UNet without text encoder", ""},
    {kOther, "", is_diffusers_unet, "a UNet in the layout of diffusers", "convert it to a single-file checkpoint"},
    {kOther, "", is_text_encoder, "a text encoder alone", ""},
};

}  // namespace

std::string_view name_of(ModelKind kind) {
  // In the enum's order.
  constexpr std::string_view kNames[] = {"checkpoint", "vae", "lora", "embedding", "upscaler", "other"};
  return kNames[static_cast<std::size_t>(kind)];
}

const KindRow* kind_of(const KeySet& keys) {
  const auto found =
      std::find_if(std::begin(kKinds), std::end(kKinds), [&](const KindRow& row) { return row.detect(keys); });
  return found == std::end(kKinds) ? nullptr : found;
}

}  // namespace redraw
