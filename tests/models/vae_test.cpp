// Tests of models/vae, vae_tiled and vae_keys: strips give what the whole gives, and files of all layouts.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "models/vae.h"
#include "models/vae_keys.h"
#include "support/made_model.h"

using namespace redraw;

namespace {

const StateDict& made_keys() {
  static const StateDict keys = plain_vae_keys(test::MadeModel({"sd1"}).keys);
  return keys;
}

Vae vae_of(const StateDict& keys, at::ScalarType dtype = at::kFloat) {
  const WeightsSource source{&keys, "made", at::kCPU, dtype};
  return Vae(Weights(source, ""));
}

double largest(const at::Tensor& a, const at::Tensor& b) { return ((a - b).abs().max() / b.abs().max()).item<double>(); }

/// The original names as diffusers spells them, for the tensors of this file.
StateDict as_diffusers(const StateDict& keys) {
  StateDict renamed;
  for (const auto& [key, tensor] : keys) {
    std::string name = key;
    const auto replace = [&](const std::string& from, const std::string& to) {
      if (const auto at = name.find(from); at != std::string::npos) name.replace(at, from.size(), to);
    };
    for (int i = 0; i < 4; ++i) {
      replace("decoder.up." + std::to_string(i) + ".block.", "decoder.up_blocks." + std::to_string(3 - i) + ".resnets.");
      replace("decoder.up." + std::to_string(i) + ".upsample.", "decoder.up_blocks." + std::to_string(3 - i) + ".upsamplers.0.");
    }
    replace(".down.", ".down_blocks.");
    replace(".block.", ".resnets.");
    replace(".downsample.", ".downsamplers.0.");
    replace("mid.block_1.", "mid_block.resnets.0.");
    replace("mid.block_2.", "mid_block.resnets.1.");
    replace("mid.attn_1.norm.", "mid_block.attentions.0.group_norm.");
    replace("mid.attn_1.q.", "mid_block.attentions.0.to_q.");
    replace("mid.attn_1.k.", "mid_block.attentions.0.key.");  // the old spelling
    replace("mid.attn_1.v.", "mid_block.attentions.0.to_v.");
    replace("mid.attn_1.proj_out.", "mid_block.attentions.0.to_out.0.");
    replace("nin_shortcut", "conv_shortcut");
    replace(".norm_out.", ".conv_norm_out.");
    renamed[name] = tensor;
  }
  return renamed;
}

}  // namespace

CATCH_TEST_CASE("vae: strips of any height give what the whole gives", "[models][property]") {
  const c10::InferenceMode guard;
  const Vae vae = vae_of(made_keys());
  for (const auto& [h, w] : {std::pair{9, 7}, std::pair{6, 16}, std::pair{1, 3}}) {
    const at::Tensor latent = at::randn({1, 4, h, w}, at::make_generator<at::CPUGeneratorImpl>(3));
    const at::Tensor image = at::randn({1, 3, 8 * h + 5, 8 * w + 3}, at::make_generator<at::CPUGeneratorImpl>(4)).clamp(-1, 1);
    const at::Tensor whole = vae.decode(latent);
    const auto [mean, logvar] = vae.encode(image);
    for (const int tile : {1, 16, 37, 512}) {
      CATCH_INFO(h << " x " << w << " in tiles of " << tile);
      CATCH_REQUIRE(vae.decode_tiled(latent, tile).sizes() == whole.sizes());
      CATCH_CHECK(largest(vae.decode_tiled(latent, tile), whole) < 2e-5);
      const auto [tiled_mean, tiled_logvar] = vae.encode_tiled(image, tile);
      CATCH_REQUIRE(tiled_mean.sizes() == mean.sizes());
      CATCH_CHECK(largest(tiled_mean, mean) < 2e-5);
      CATCH_CHECK(largest(tiled_logvar, logvar) < 2e-5);
    }
  }
}

CATCH_TEST_CASE("vae: strips stay close to the whole in bf16 too", "[models][property]") {
  const c10::InferenceMode guard;
  const Vae half = vae_of(made_keys(), at::kBFloat16);
  const at::Tensor latent = at::randn({1, 4, 8, 8}, at::make_generator<at::CPUGeneratorImpl>(3));
  const at::Tensor exact = vae_of(made_keys()).decode(latent);
  const auto distance = [&](const at::Tensor& image) { return (image.to(at::kFloat) - exact).pow(2).mean().sqrt().item<double>(); };
  const at::Tensor input = latent.to(at::kBFloat16);
  CATCH_CHECK(distance(half.decode_tiled(input, 32)) < 1.5 * distance(half.decode(input)));
}

CATCH_TEST_CASE("vae: a file under diffusers' keys is the same autoencoder", "[models]") {
  const c10::InferenceMode guard;
  const at::Tensor latent = at::randn({1, 4, 4, 4}, at::make_generator<at::CPUGeneratorImpl>(5));
  const StateDict renamed = plain_vae_keys(as_diffusers(made_keys()));
  CATCH_CHECK(vae_of(renamed).decode(latent).equal(vae_of(made_keys()).decode(latent)));
}
