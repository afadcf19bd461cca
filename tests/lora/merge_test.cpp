// Tests of lora/merge: sums of LoRAs, what is left over, and the way back.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include "lora/merge.h"
#include "support/close.h"
#include "support/errors.h"
#include "support/safetensors_file.h"
#include "support/temp_folder.h"

using namespace redraw;

namespace {

const std::string kProj = "model.diffusion_model.input_blocks.1.1.proj_in",
                  kText = "cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1";
const std::string kAttention = "cond_stage_model.model.transformer.resblocks.0.attn";

StateDict weights(at::ScalarType dtype = at::kFloat) {
  StateDict all = {
      {kProj + ".weight", at::randn({8, 8, 1, 1})},    {kProj + ".bias", at::randn({8})},
      {kText + ".weight", at::randn({12, 4})},         {kAttention + ".in_proj_weight", at::randn({12, 4})},
      {kAttention + ".in_proj_bias", at::randn({12})}, {kAttention + ".out_proj.weight", at::randn({4, 4})}};
  for (auto& [key, weight] : all) weight = weight.to(dtype);
  return all;
}

StateDict copied(const StateDict& all) {
  StateDict copies;
  for (const auto& [key, weight] : all) copies[key] = weight.clone();
  return copies;
}

bool are_equal(const StateDict& a, const StateDict& b) {
  return std::all_of(a.begin(), a.end(), [&](const auto& entry) { return entry.second.equal(b.at(entry.first)); });
}

void add_lora(StateDict& tensors, const std::string& layer, std::int64_t out, std::int64_t in) {
  tensors[layer + ".lora_up.weight"] = at::randn({out, 2});
  tensors[layer + ".lora_down.weight"] = at::randn({2, in});
}

StateDict unet_and_text() {
  StateDict tensors;
  add_lora(tensors, "lora_unet_input_blocks_1_1_proj_in", 8, 8);
  add_lora(tensors, "lora_te_text_model_encoder_layers_0_mlp_fc1", 12, 4);
  return tensors;
}

}  // namespace

CATCH_TEST_CASE("merge: text and UNet have weights of their own, and LoRAs add up in any number format", "[lora]") {
  const test::TempFolder folder;
  const auto one = test::write_safetensors(folder / "one.safetensors", unet_and_text());
  const auto two = test::write_safetensors(folder / "two.safetensors", unet_and_text());
  StateDict all = weights();
  const StateDict before = copied(all);
  LoraMerger merger(named(all));
  const auto added = [&](const std::vector<LoraUse>& loras, const std::string& key) {
    merger.apply(loras);
    return all.at(key) - before.at(key);
  };
  const at::Tensor first = added({{"one", one}}, kProj + ".weight"), second = added({{"two", two}}, kProj + ".weight");
  const at::Tensor both = added({{"one", one, 1, 0.5}, {"two", two, 1, -2}}, kProj + ".weight");
  CATCH_CHECK(at::allclose(both, 0.5 * first - 2 * second, 1e-4, test::kF32Cpu));
  CATCH_CHECK(added({{"one", one, 0, 1}}, kText + ".weight").abs().max().item<float>() == 0);
  CATCH_CHECK(added({{"one", one, 1, 0}}, kText + ".weight").abs().max().item<float>() > 0.1);
}

CATCH_TEST_CASE("merge: an empty set gives back every bit, in f32, f16 and bf16", "[lora][property]") {
  const test::TempFolder folder;
  const auto one = test::write_safetensors(folder / "one.safetensors", unet_and_text());
  for (const at::ScalarType dtype : {at::kFloat, at::kHalf, at::kBFloat16}) {
    StateDict all = weights(dtype);
    const StateDict before = copied(all);
    LoraMerger merger(named(all));
    merger.apply({{"one", one}});
    CATCH_CHECK_FALSE(are_equal(all, before));
    const StateDict merged = copied(all);
    merger.apply({{"one", one, 0.3, 0.3}});
    merger.apply({{"one", one}});
    CATCH_CHECK(are_equal(all, merged));
    merger.apply({});
    CATCH_CHECK(are_equal(all, before));
  }
}

CATCH_TEST_CASE("merge: layers that find nothing are counted, and none at all is an error", "[lora]") {
  const test::TempFolder folder;
  StateDict tensors = unet_and_text(), foreign;
  add_lora(tensors, "lora_unet_output_blocks_99_1_proj_in", 8, 8);
  tensors["notes"] = at::zeros({1});
  add_lora(foreign, "lora_unet_double_blocks_0_img_attn_proj", 8, 8);
  LoraMerger merger(named(weights()));
  const auto merged = merger.apply({{"some", test::write_safetensors(folder / "some.safetensors", tensors)}});
  CATCH_CHECK(merged[0].matched == 2);
  CATCH_CHECK(merged[0].total == 3);
  CATCH_CHECK(merged[0].left_over == std::vector<std::string>{"notes", "lora_unet_output_blocks_99_1_proj_in"});
  const auto none = test::error_of([&] {
    merger.apply({{"flux", test::write_safetensors(folder / "flux.safetensors", foreign)}});
  });
  CATCH_REQUIRE(none);
  CATCH_CHECK(none->kind() == ErrorKind::kModel);
  for (const char* part : {"flux.safetensors", "none of its 1 layers", "img_attn_proj"})
    CATCH_CHECK(test::mentions(*none, part));
}

CATCH_TEST_CASE("merge: a set that fails leaves the checkpoint's own weights", "[lora]") {
  const test::TempFolder folder;
  const auto good = test::write_safetensors(folder / "good.safetensors", unet_and_text());
  StateDict tensors = unet_and_text();
  add_lora(tensors, "lora_unet_input_blocks_1_1_proj_in", 9, 8);
  const auto bad = test::write_safetensors(folder / "bad.safetensors", tensors);
  StateDict all = weights();
  const StateDict before = copied(all);
  LoraMerger merger(named(all));
  merger.apply({{"good", good}});
  CATCH_CHECK(test::error_of([&] { merger.apply({{"good", good}, {"bad", bad}}); }));
  CATCH_CHECK(are_equal(all, before));
  merger.apply({{"good", good}});
  CATCH_CHECK_FALSE(are_equal(all, before));
}

CATCH_TEST_CASE("merge: OpenCLIP's attention is changed where q, k, v and out are all there", "[lora]") {
  const test::TempFolder folder;
  StateDict tensors, all = weights();
  all.erase(kText + ".weight");
  const StateDict before = copied(all);
  LoraMerger merger(named(all));
  for (const char* part : {"q_proj", "v_proj", "out_proj"})
    add_lora(tensors, std::string("lora_te_text_model_encoder_layers_0_self_attn_") + part, 4, 4);
  add_lora(tensors, "lora_unet_input_blocks_1_1_proj_in", 8, 8);
  CATCH_CHECK(
      merger.apply({{"part", test::write_safetensors(folder / "part.safetensors", tensors)}})[0].left_over.size() == 3);
  add_lora(tensors, "lora_te_text_model_encoder_layers_0_self_attn_k_proj", 4, 4);
  tensors["lora_te_text_model_encoder_layers_0_self_attn_v_proj.diff_b"] = at::ones({4});
  CATCH_CHECK(
      merger.apply({{"whole", test::write_safetensors(folder / "whole.safetensors", tensors)}})[0].left_over.empty());
  const std::string v = "lora_te_text_model_encoder_layers_0_self_attn_v_proj";
  const at::Tensor change = all.at(kAttention + ".in_proj_weight") - before.at(kAttention + ".in_proj_weight");
  CATCH_CHECK(at::allclose(change.narrow(0, 8, 4),
                           tensors[v + ".lora_up.weight"].matmul(tensors[v + ".lora_down.weight"]), 1e-4,
                           test::kF32Cpu));
  const at::Tensor bias = all.at(kAttention + ".in_proj_bias") - before.at(kAttention + ".in_proj_bias");
  CATCH_CHECK(
      at::allclose(bias, at::tensor({0.f, 0.f, 0.f, 0.f, 0.f, 0.f, 0.f, 0.f, 1.f, 1.f, 1.f, 1.f}), 0, test::kF32Cpu));
}

CATCH_TEST_CASE("merge: a bias where the checkpoint has none is refused", "[lora]") {
  const test::TempFolder folder;
  StateDict tensors = unet_and_text();
  tensors["lora_te_text_model_encoder_layers_0_mlp_fc1.diff_b"] = at::ones({12});
  LoraMerger merger(named(weights()));
  const auto error = test::error_of([&] {
    merger.apply({{"b", test::write_safetensors(folder / "b.safetensors", tensors)}});
  });
  CATCH_REQUIRE(error);
  CATCH_CHECK(test::mentions(*error, "has none there"));
}
