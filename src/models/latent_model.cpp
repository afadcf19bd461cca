// What all families share: UNet, autoencoder and how they are loaded; the text is the family's own.
#include "models/latent_model.h"

#include <ATen/ATen.h>

#include "models/vae_keys.h"
#include "redraw/error.h"
#include "schedule/noise_levels.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

constexpr const char* kUnetPrefix = "model.diffusion_model.";

std::int64_t unet_parameters(const StateDict& keys) {
  std::int64_t count = 0;
  for (auto it = keys.lower_bound(kUnetPrefix); it != keys.end() && it->first.starts_with(kUnetPrefix); ++it) count += it->second.numel();
  return count;
}

/// GroupNorm and softmax of the VAE overflow in fp16; f32 on the CPU, bf16 on CUDA unless f32 is asked for.
at::ScalarType auto_vae_dtype(const at::Device& device, at::ScalarType unet) {
  return unet == at::kFloat || device.is_cpu() ? at::kFloat : at::kBFloat16;
}

int check_channels(const Checkpoint& checkpoint) {
  const at::Tensor& first = checkpoint.state_dict->at(std::string(kUnetPrefix) + "input_blocks.0.0.weight");
  const std::int64_t channels = first.dim() == 4 ? first.size(1) : 0;
  if (channels == 4 || channels == 8 || channels == 9) return static_cast<int>(channels);
  throw Error(ErrorKind::kModel, "\"" + checkpoint.path.filename().string() + "\" is of a kind that is not known", checkpoint.path.string(),
              "its UNet takes " + std::to_string(channels) + " channels; 4 are plain, 8 instruct-pix2pix, 9 inpainting",
              "give a checkpoint of one of these kinds");
}

Vae load_own_vae(const StateDict& keys, const std::string& file, at::Device device, at::ScalarType dtype) {
  const WeightsSource source{&keys, file, device, dtype};
  return Vae(Weights(source, "first_stage_model."));
}

Vae load_vae_file(const fs::path& file, at::Device device, at::ScalarType dtype) {
  const StateDict keys = plain_vae_keys(load_tensors(file));
  const WeightsSource source{&keys, file.string(), device, dtype};
  return Vae(Weights(source, ""));
}

Vae load_vae(const Checkpoint& checkpoint, at::ScalarType dtype) {
  if (!checkpoint.vae.empty()) return load_vae_file(checkpoint.vae, checkpoint.device.device, dtype);
  return load_own_vae(*checkpoint.state_dict, checkpoint.path.string(), checkpoint.device.device, dtype);
}

std::function<Vae()> full_vae_loader(const Checkpoint& checkpoint) {
  return [path = checkpoint.path, vae = checkpoint.vae, device = checkpoint.device.device] {
    return vae.empty() ? load_own_vae(load_tensors(path), path.string(), device, at::kFloat) : load_vae_file(vae, device, at::kFloat);
  };
}

}  // namespace

LatentParts load_parts(const Checkpoint& checkpoint, ModelTraits traits, HeadRule rule) {
  const DeviceChoice& choice = checkpoint.device;
  traits.in_channels = check_channels(checkpoint);
  traits.dtype = choice.dtype.value_or(auto_dtype(choice.device, unet_parameters(*checkpoint.state_dict)));
  traits.vae_dtype = choice.vae_dtype.value_or(auto_vae_dtype(choice.device, traits.dtype));
  auto weights = std::make_unique<StateDict>();
  const WeightsSource source{checkpoint.state_dict, checkpoint.path.string(), choice.device, traits.dtype, weights.get()};
  Unet unet(Weights(source, kUnetPrefix), rule);
  Vae vae = load_vae(checkpoint, traits.vae_dtype);
  return {std::move(traits), choice.device, std::move(unet), std::move(vae), std::move(weights), full_vae_loader(checkpoint)};
}

WeightsSource text_source(const Checkpoint& checkpoint, const LatentParts& parts) {
  return {checkpoint.state_dict, checkpoint.path.string(), checkpoint.device.device, at::kFloat, parts.weights.get()};
}

std::vector<float> schedule_of(const StateDict& keys) {
  const auto found = keys.find("alphas_cumprod");
  if (found == keys.end() || found->second.numel() != 1000) return scaled_linear_alphas();
  const at::Tensor alphas = found->second.to(at::kFloat).contiguous();
  return {alphas.const_data_ptr<float>(), alphas.const_data_ptr<float>() + 1000};
}

std::string clip_prefix(const StateDict& keys, const std::string& base) {
  return keys.contains(base + "text_model.final_layer_norm.weight") ? base + "text_model." : base;
}

const Vae& LatentModel::vae_for(const VaeOptions& options) const {
  if (!options.full_precision || parts_.traits.vae_dtype == at::kFloat) return parts_.vae;
  if (!full_vae_) full_vae_ = parts_.load_full_vae();
  return *full_vae_;
}

at::Tensor LatentModel::encode(const at::Tensor& image, const VaeOptions& options) const {
  const Vae& vae = vae_for(options);
  return vae.encode(image.to(parts_.device, vae.dtype())).first.to(at::kFloat) * parts_.traits.latent_scale;
}

at::Tensor LatentModel::decode(const at::Tensor& latent, const VaeOptions& options) const {
  const Vae& vae = vae_for(options);
  return vae.decode((latent / parts_.traits.latent_scale).to(parts_.device, vae.dtype())).to(at::kFloat);
}

at::Tensor LatentModel::predict(const at::Tensor& x, const at::Tensor& t, const TextVectors& text,
                                const at::Tensor& image_condition) const {
  const at::ScalarType dtype = parts_.traits.dtype;
  const at::Tensor input = image_condition.defined() ? at::cat({x, image_condition}, 1) : x;
  const at::Tensor vector = text.vector.defined() ? text.vector.to(parts_.device, dtype) : at::Tensor();
  return parts_.unet.forward(input.to(parts_.device, dtype), t.to(parts_.device), text.context.to(parts_.device, dtype), vector).to(at::kFloat);
}

}  // namespace redraw
