// Tests of inspect/kinds, layout and adapters: what keys say.
#include <catch2/catch.hpp>

#include <set>

#include "inspect/adapters.h"
#include "inspect/layout.h"

using namespace redraw;

namespace {

std::map<std::string, int> keys_of(std::initializer_list<const char*> keys) {
  std::map<std::string, int> map;
  for (const char* key : keys) map.emplace(key, 0);
  return map;
}

ModelFile file_with(const std::string& key, std::vector<std::int64_t> shape,
                    std::map<std::string, std::string> metadata = {}) {
  ModelFile file;
  file.tensors[key] = {ElementType::kF16, std::move(shape), {}, {}, 0};
  file.metadata = std::move(metadata);
  return file;
}

std::string family_of_file(const ModelFile& file) { return adapter_family(file, KeySet(file.tensors)); }

/// A VAE with two levels, as small as a layout can be.
std::map<std::string, int> small_vae() {
  std::map<std::string, int> keys;
  const auto add = [&](const std::string& base, std::initializer_list<const char*> names) {
    for (const char* name : names)
      for (const char* end : {".weight", ".bias"}) keys.emplace(base + name + end, 0);
  };
  const auto residual = {"norm1", "conv1", "norm2", "conv2"};
  for (const std::string side : {"encoder.", "decoder."}) {
    add(side, {"conv_in", "conv_out", "norm_out"});
    add(side + "mid.block_1.", residual);
    add(side + "mid.block_2.", residual);
    add(side + "mid.attn_1.", {"norm", "q", "k", "v", "proj_out"});
    for (const std::string level : {"0.block.0.", "0.block.1.", "1.block.0.", "1.block.1."})
      add(side + (side == "encoder." ? "down." : "up.") + level, residual);
  }
  add("", {"quant_conv", "post_quant_conv"});
  return keys;
}

}  // namespace

TEST_CASE("kinds: each kind is told by its keys, the most specific first", "[inspect][table]") {
  struct Row { std::map<std::string, int> keys; ModelKind kind; std::string family; };
  const char* unet = "model.diffusion_model.input_blocks.0.0.weight";
  for (const Row& row :
       {Row{keys_of({unet, "conditioner.embedders.1.model.ln_final.weight",
                     "conditioner.embedders.0.model.ln_final.weight"}),
            ModelKind::kCheckpoint, "sdxl"},
        Row{keys_of({unet, "conditioner.embedders.0.model.ln_final.weight"}), ModelKind::kCheckpoint, "sdxl refiner"},
        Row{keys_of({unet, "cond_stage_model.model.transformer.resblocks.0.attn.in_proj_weight"}),
            ModelKind::kCheckpoint, "sd2"},
        Row{keys_of({unet, "cond_stage_model.transformer.x"}), ModelKind::kCheckpoint, "sd1"},
        Row{keys_of({"lora_unet_down_blocks_0.lora_up.weight"}), ModelKind::kLora, ""},
        Row{keys_of({"unet.x.processor.to_q_lora.up.weight"}), ModelKind::kLora, ""},
        Row{keys_of({"lora_te_text_model_encoder_layers_0_mlp_fc1.diff"}), ModelKind::kLora, ""},
        Row{keys_of({"emb_params"}), ModelKind::kEmbedding, ""}, Row{keys_of({"<cat-toy>"}), ModelKind::kEmbedding, ""},
        Row{keys_of({"clip_g", "clip_l"}), ModelKind::kEmbedding, ""},
        Row{keys_of({"encoder.conv_in.weight", "decoder.conv_in.weight", "encoder.down_blocks.0.x"}), ModelKind::kVae,
            "diffusers"},
        Row{keys_of({"encoder.conv_in.weight", "decoder.conv_in.weight"}), ModelKind::kVae, ""},
        Row{keys_of({"encoder.conv_in.weight"}), ModelKind::kOther, ""},
        Row{keys_of({"model.0.weight", "model.1.sub.0.RDB1.conv1.0.weight"}), ModelKind::kUpscaler, "esrgan"},
        Row{keys_of({"params_ema.body.0.weight"}), ModelKind::kUpscaler, "compact"},
        Row{keys_of({"conv_first.weight", "layers.0.residual_group.blocks.0.attn.qkv.weight"}), ModelKind::kUpscaler,
            "swinir"},
        Row{keys_of({"conv_first.weight", "before_RG.1.weight"}), ModelKind::kUpscaler, "dat"}}) {
    INFO(row.keys.begin()->first);
    const KindRow* found = kind_of(KeySet(row.keys));
    REQUIRE(found != nullptr);
    CHECK(found->kind == row.kind);
    CHECK(found->family == row.family);
  }
  CHECK(kind_of(KeySet(keys_of({"some.thing", "else"}))) == nullptr);
}

TEST_CASE("layout: every key that is taken away is named, every foreign one is left over", "[inspect][property]") {
  const std::map<std::string, int> whole = small_vae();
  CHECK(check_layout(KeySet(whole), ModelKind::kVae, "").missing.empty());
  CHECK(check_layout(KeySet(whole), ModelKind::kVae, "").left_over.empty());
  for (const auto& [key, unused] : whole) {
    std::map<std::string, int> cut = whole;
    cut.erase(key);
    CHECK(check_layout(KeySet(cut), ModelKind::kVae, "").missing == std::vector<std::string>{key});
  }
  std::map<std::string, int> more = whole;
  for (const char* key : {"loss.logvar", "model_ema.decay", "encoder.down.0.block.0.norm1.scale", "extra"})
    more[key] = 0;
  CHECK(check_layout(KeySet(more), ModelKind::kVae, "").left_over ==
        std::vector<std::string>{"encoder.down.0.block.0.norm1.scale", "extra"});
}

TEST_CASE("layout: a gap between numbered blocks is named", "[inspect]") {
  std::map<std::string, int> keys = small_vae();
  std::erase_if(keys, [](const auto& entry) { return entry.first.starts_with("decoder.up.0."); });
  CHECK(check_layout(KeySet(keys), ModelKind::kVae, "").missing == std::vector<std::string>{"decoder.up.0.*"});
}

TEST_CASE("adapters: the family shows in keys, widths, or metadata", "[inspect]") {
  CHECK(family_of_file(file_with("lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_up.weight", {4, 4})) == "sdxl");
  CHECK(family_of_file(file_with("lora_unet_x_attn2_to_k.lora_down.weight", {8, 768})) == "sd1");
  CHECK(family_of_file(file_with("lora_unet_x_attn2_to_k.lora_down.weight", {8, 1024})) == "sd2");
  CHECK(family_of_file(file_with("lora_unet_x_attn1_to_k.lora_down.weight", {8, 1024})).empty());
  CHECK(family_of_file(file_with("x", {1}, {{"ss_base_model_version", "sdxl_base_v1-0"}})) == "sdxl");
  CHECK(family_of_file(file_with("x", {1}, {{"modelspec.architecture", "stable-diffusion-v1/lora"}})) == "sd1");
}

TEST_CASE("adapters: half a pair is missing, and trigger words come by how often they were tagged", "[inspect]") {
  CHECK(missing_partners(KeySet(keys_of({"a.lora_up.weight", "b.lora_up.weight", "b.lora_down.weight"}))) ==
        std::vector<std::string>{"a.lora_down.weight"});
  CHECK(missing_partners(KeySet(keys_of({"a.hada_w1_a", "a.hada_w1_b"}))) == std::vector<std::string>{"a.hada_w2_a"});
  const std::string tags = R"({"10_hand": {"1girl": 5, " hat ": 9}, "x": {"1girl": 6}, "y": 3})";
  CHECK(trigger_words({{"ss_tag_frequency", tags}}) == std::vector<std::string>{"1girl", "hat"});
  CHECK(trigger_words({{"ss_tag_frequency", tags}, {"modelspec.trigger_phrase", "hat"}}) ==
        std::vector<std::string>{"hat", "1girl"});
  CHECK(trigger_words({{"ss_tag_frequency", "not JSON"}}).empty());
}
