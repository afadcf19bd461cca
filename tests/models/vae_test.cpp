// Tests of models/vae, vae_tiled and vae_keys: strips give what the whole gives, and files of all layouts.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <fstream>

#include "models/families.h"
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

double largest(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

/// The original names as diffusers spells them, for the tensors of this file.
StateDict as_diffusers(const StateDict& keys) {
  StateDict renamed;
  for (const auto& [key, tensor] : keys) {
    std::string name = key;
    const auto replace = [&](const std::string& from, const std::string& to) {
      if (const auto at = name.find(from); at != std::string::npos) name.replace(at, from.size(), to);
    };
    for (int i = 0; i < 4; ++i) {
      replace("decoder.up." + std::to_string(i) + ".block.",
              "decoder.up_blocks." + std::to_string(3 - i) + ".resnets.");
      replace("decoder.up." + std::to_string(i) + ".upsample.",
              "decoder.up_blocks." + std::to_string(3 - i) + ".upsamplers.0.");
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

std::unique_ptr<Model> made_model(const DeviceChoice& device = {at::kCPU, at::kFloat}) {
  static const StateDict keys = test::MadeModel({"sd1"}).keys;
  return family_of(keys, "made").load({&keys, "made", "", device});
}

at::Tensor noise(std::vector<std::int64_t> shape, std::uint64_t seed = 3) {
  return at::randn(shape, at::make_generator<at::CPUGeneratorImpl>(seed), at::kFloat);
}

VaeOptions with_budget(std::int64_t bytes) {
  VaeOptions options;
  options.tile = std::nullopt;
  options.budget = bytes;
  return options;
}

std::int64_t status_kib(const std::string& key) {
  std::ifstream lines("/proc/self/status");
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(key)) return std::stoll(line.substr(key.size()));
  return 0;
}

/// How far the memory of this process rises while f runs; 0 where the kernel does not tell.
template <typename F>
std::int64_t rise_of(F f) {
  std::ofstream("/proc/self/clear_refs") << "5";  // the high-water mark falls to what is used now
  const std::int64_t before = status_kib("VmHWM:");
  f();
  return (status_kib("VmHWM:") - before) * 1024;
}

}  // namespace

CATCH_TEST_CASE("vae: a picture beyond the budget goes in tiles, several go one by one, and both give the same",
                "[models][property]") {
  const c10::InferenceMode guard;
  const std::unique_ptr<Model> model = made_model();
  const std::int64_t of_one = vae_of(made_keys()).bytes_per_pixel() * 72 * 56;
  const at::Tensor latent = noise({2, 4, 9, 7}), image = noise({2, 3, 72, 56}).clamp(-1, 1);
  const at::Tensor decoded = model->decode(latent), encoded = model->encode(image);
  for (const std::int64_t budget : {of_one - 1, of_one, 3 * of_one}) {
    CATCH_INFO(budget << " bytes, one takes " << of_one);
    CATCH_REQUIRE(model->decode(latent, with_budget(budget)).sizes() == decoded.sizes());
    CATCH_CHECK(largest(model->decode(latent, with_budget(budget)), decoded) < 2e-5);
    CATCH_CHECK(largest(model->encode(image, with_budget(budget)), encoded) < 2e-5);
  }
  CATCH_CHECK(model->decode(latent, with_budget(3 * of_one)).equal(decoded));
}

CATCH_TEST_CASE("vae: the estimate bounds what a whole picture takes, and tiles take a good deal less",
                "[models][property]") {
  const c10::InferenceMode guard;
  const std::unique_ptr<Model> model = made_model();
  const at::Tensor latent = noise({1, 4, 80, 80});
  const std::int64_t estimate = vae_of(made_keys()).bytes_per_pixel() * 640 * 640;
  VaeOptions tiled;
  tiled.tile = 64;
  model->decode(noise({1, 4, 8, 8}));  // what libtorch sets up once
  const std::int64_t in_tiles = rise_of([&] { model->decode(latent, tiled); }),
                     whole = rise_of([&] { model->decode(latent); });
  CATCH_INFO(in_tiles << " in tiles, " << whole << " whole, " << estimate << " by the estimate");
  if (whole == 0) {
    CATCH_WARN("this kernel does not tell the high-water mark");
    return;
  }
  CATCH_CHECK(whole < estimate);
  CATCH_CHECK(in_tiles < whole * 5 / 6);
}

CATCH_TEST_CASE("vae: strips of any height give what the whole gives", "[models][property]") {
  const c10::InferenceMode guard;
  const Vae vae = vae_of(made_keys());
  for (const auto& [h, w] : {std::pair{9, 7}, std::pair{6, 16}, std::pair{1, 3}}) {
    const at::Tensor latent = at::randn({1, 4, h, w}, at::make_generator<at::CPUGeneratorImpl>(3));
    const at::Tensor image =
        at::randn({1, 3, 8 * h + 5, 8 * w + 3}, at::make_generator<at::CPUGeneratorImpl>(4)).clamp(-1, 1);
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
  const auto distance = [&](const at::Tensor& image) {
    return (image.to(at::kFloat) - exact).pow(2).mean().sqrt().item<double>();
  };
  const at::Tensor input = latent.to(at::kBFloat16);
  CATCH_CHECK(distance(half.decode_tiled(input, 32)) < 1.5 * distance(half.decode(input)));
}

CATCH_TEST_CASE("vae: a file under diffusers' keys is the same autoencoder", "[models]") {
  const c10::InferenceMode guard;
  const at::Tensor latent = at::randn({1, 4, 4, 4}, at::make_generator<at::CPUGeneratorImpl>(5));
  const StateDict renamed = plain_vae_keys(as_diffusers(made_keys()));
  CATCH_CHECK(vae_of(renamed).decode(latent).equal(vae_of(made_keys()).decode(latent)));
}

CATCH_TEST_CASE("vae: scaled down inside it is bit for bit the same function in f64", "[models][property]") {
  const c10::InferenceMode guard;
  const at::Tensor latent = noise({1, 4, 6, 5}).to(at::kDouble),
                   image = noise({1, 3, 43, 40}).clamp(-1, 1).to(at::kDouble);
  const Vae plain = vae_of(made_keys(), at::kDouble);
  for (const int k : {1, 7, 20}) {
    Vae scaled = vae_of(made_keys(), at::kDouble);
    scaled.scale_down(k);
    CATCH_INFO("2^-" << k);
    CATCH_CHECK(scaled.decode(latent).equal(plain.decode(latent)));
    CATCH_CHECK(scaled.encode(image).first.equal(plain.encode(image).first));
    CATCH_CHECK(scaled.encode(image).second.equal(plain.encode(image).second));
  }
}

CATCH_TEST_CASE("vae: what overflows in f16 does not once it is scaled down, whole and in strips",
                "[models][property]") {
  const c10::InferenceMode guard;
  StateDict large = made_keys();
  large.at("decoder.conv_in.weight") = large.at("decoder.conv_in.weight") * 1e4;
  const at::Tensor latent = noise({1, 4, 6, 5}) * 22, exact = vae_of(large).decode(latent), half = latent.to(at::kHalf);
  Vae vae = vae_of(large, at::kHalf);
  CATCH_REQUIRE_FALSE(at::isfinite(vae.decode(half)).all().item<bool>());
  vae.scale_down(7);
  CATCH_CHECK(largest(vae.decode(half).to(at::kFloat), exact) < 1e-2);
  CATCH_CHECK(largest(vae.decode_tiled(half, 16).to(at::kFloat), exact) < 1e-2);
}
