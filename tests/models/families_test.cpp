// Tests of models/families and models/sd1: what a file is, what is missing, shapes of the tiny model.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "models/families.h"
#include "support/errors.h"
#include "support/temp_folder.h"
#include "support/tiny_model.h"

using namespace redraw;
using test::error_of;
using test::mentions;

namespace {

const DeviceChoice kCpu{at::kCPU, at::kFloat};

StateDict with_keys(std::initializer_list<const char*> keys) {
  StateDict state_dict;
  for (const char* key : keys) state_dict.emplace(key, at::zeros({1}));
  return state_dict;
}

const StateDict& tiny_keys() {
  static const StateDict keys = load_tensors(test::tiny_checkpoint());
  return keys;
}

const Model& tiny_model() {
  static const std::unique_ptr<Model> model = load_model(test::tiny_checkpoint(), "", kCpu);
  return *model;
}

}  // namespace

CATCH_TEST_CASE("families: a file that is no checkpoint is called what it is", "[models]") {
  struct Row { StateDict keys; const char* what; };
  for (const Row& row : {Row{with_keys({"lora_unet_down_blocks_0.lora_up.weight"}), "a LoRA"},
                         Row{with_keys({"unet.down_blocks.0.to_q.lora_A.weight"}), "a LoRA"},
                         Row{with_keys({"lora_unet_x.hada_w1_a"}), "LoHa"},
                         Row{with_keys({"control_model.input_blocks.0.0.weight"}), "a ControlNet"},
                         Row{with_keys({"emb_params"}), "textual inversion"},
                         Row{with_keys({"first_stage_model.encoder.conv_in.weight"}), "half of a VAE"},
                         Row{with_keys({"encoder.conv_in.weight", "decoder.conv_in.weight"}), "--vae"},
                         Row{with_keys({"conv_first.weight"}), "an upscaler"},
                         Row{with_keys({"model.diffusion_model.input_blocks.0.0.weight"}), "without text encoder"},
                         Row{with_keys({"some.thing", "else"}), "none of its 2 keys"}}) {
    CATCH_INFO(row.keys.begin()->first);
    const auto error = error_of([&] { family_of(row.keys, "folder/thing.safetensors"); });
    CATCH_REQUIRE(error);
    CATCH_CHECK(error->kind() == ErrorKind::kModel);
    CATCH_CHECK(mentions(*error, "\"thing.safetensors\""));
    CATCH_CHECK(mentions(*error, row.what));
  }
}

CATCH_TEST_CASE("families: the most specific row claims a checkpoint", "[models][table]") {
  const char* unet = "model.diffusion_model.input_blocks.0.0.weight";
  CATCH_CHECK(std::string(family_of(with_keys({unet, "conditioner.embedders.0.model.ln_final.weight"}), "x").name) ==
              "sdxl refiner");
  CATCH_CHECK(std::string(family_of(with_keys({unet, "conditioner.embedders.0.model.ln_final.weight",
                                               "conditioner.embedders.1.model.ln_final.weight"}),
                                    "x")
                              .name) == "sdxl");
  CATCH_CHECK(
      std::string(
          family_of(with_keys({unet, "cond_stage_model.model.transformer.resblocks.0.attn.in_proj_weight"}), "x")
              .name) == "sd2");
  CATCH_CHECK(std::string(family_of(tiny_keys(), "x").name) == "sd1");
}

CATCH_TEST_CASE("load_model: a web page and a missing file are errors that name the file", "[models]") {
  const test::TempFolder folder;
  const auto html =
      error_of([&] { load_model(folder.write("model.safetensors", "<!DOCTYPE html><html>404</html>"), "", kCpu); });
  CATCH_REQUIRE(html);
  CATCH_CHECK(html->kind() == ErrorKind::kModel);
  CATCH_CHECK(mentions(*html, "model.safetensors"));
  CATCH_CHECK(mentions(*html, "web page"));
  CATCH_CHECK(error_of([&] { load_model(folder / "none.safetensors", "", kCpu); })->kind() == ErrorKind::kFile);
}

CATCH_TEST_CASE("load_model: each part that is missing is named", "[models]") {
  for (const char* key : {"model.diffusion_model.out.2.weight", "first_stage_model.decoder.conv_out.weight",
                          "cond_stage_model.transformer.text_model.final_layer_norm.bias"}) {
    CATCH_INFO(key);
    StateDict keys = tiny_keys();
    CATCH_REQUIRE(keys.erase(key) == 1);
    const auto error = error_of([&] { load_sd1({&keys, "cut.safetensors", "", kCpu}); });
    CATCH_REQUIRE(error);
    CATCH_CHECK(error->kind() == ErrorKind::kModel);
    CATCH_CHECK(mentions(*error, key));
    CATCH_CHECK(mentions(*error, "cut.safetensors"));
  }
}

CATCH_TEST_CASE("load_model: a UNet with an odd number of input channels is refused by it", "[models]") {
  StateDict keys = tiny_keys();
  keys.at("model.diffusion_model.input_blocks.0.0.weight") = at::zeros({32, 7, 3, 3});
  const auto error = error_of([&] { load_sd1({&keys, "seven.safetensors", "", kCpu}); });
  CATCH_REQUIRE(error);
  CATCH_CHECK(mentions(*error, "7 channels"));
  CATCH_CHECK(mentions(*error, "seven.safetensors"));
}

CATCH_TEST_CASE("sd1: shapes of all four parts", "[models]") {
  const c10::InferenceMode guard;
  const Model& model = tiny_model();
  CATCH_CHECK(model.traits().family == "sd1");
  CATCH_CHECK(model.traits().alphas_cumprod.size() == 1000);
  CATCH_CHECK(model.encode(at::zeros({2, 3, 45, 67})).sizes() == at::IntArrayRef({2, 4, 5, 8}));
  CATCH_CHECK(model.decode(at::zeros({2, 4, 5, 8})).sizes() == at::IntArrayRef({2, 3, 40, 64}));
  const TokenChunk chunk{std::vector<int>(77, kEndToken), std::vector<float>(77, 1)};
  const TextVectors text = model.embed(std::vector<PromptRow>{{{{chunk, chunk}}}}, {});
  CATCH_REQUIRE(text.context.size(1) == 154);
  CATCH_CHECK_FALSE(text.vector.defined());
  const at::Tensor x = at::zeros({1, 4, 9, 7}), t = at::full({1}, 321.5);
  CATCH_CHECK(model.predict(x, t, text, {}).sizes() == x.sizes());
}

CATCH_TEST_CASE("sd1: a prompt that counts twice is encoded as two of them would be", "[models][property]") {
  const c10::InferenceMode guard;
  TokenChunk one{std::vector<int>(77, kEndToken), std::vector<float>(77, 1)}, other = one;
  one.tokens[1] = 2368;
  one.weights[1] = 1.5;
  other.tokens[1] = 736;
  const auto embed = [](const std::vector<PromptRow>& rows) { return tiny_model().embed(rows, {}).context; };
  const PromptRow first{{{one}}}, second{{{other}}}, twice{{{one}}, 2};
  const at::Tensor counted = embed({twice, second}), repeated = embed({first, first, second});
  CATCH_CHECK(at::allclose(counted[0], repeated[1], 1e-5, 1e-6));
  CATCH_CHECK(at::allclose(counted[1], repeated[2], 1e-5, 1e-6));
  CATCH_CHECK_FALSE(at::allclose(counted[0], embed({first, second})[0], 1e-5, 1e-6));
}

CATCH_TEST_CASE("sd1: weights of 1 change nothing, and clip skip changes the text", "[models][property]") {
  const c10::InferenceMode guard;
  TokenChunk chunk{std::vector<int>(77, kEndToken), std::vector<float>(77, 1)};
  chunk.tokens[0] = kStartToken;
  chunk.tokens[1] = 2368;
  const auto embed = [&](int clip_skip, Emphasis emphasis) {
    return tiny_model().embed(std::vector<PromptRow>{{{{chunk}}}}, {clip_skip, emphasis}).context;
  };
  const at::Tensor plain = embed(1, Emphasis::kIgnore);
  CATCH_CHECK(at::allclose(embed(1, Emphasis::kOriginal), plain, 1e-5, 1e-6));
  CATCH_CHECK_FALSE(at::allclose(embed(2, Emphasis::kIgnore), plain));
}
