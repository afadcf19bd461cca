// What all families share: UNet, autoencoder and how they are loaded; the text is the family's own.
#include "models/latent_model.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "models/vae_keys.h"
#include "redraw/error.h"
#include "schedule/noise_levels.h"

namespace redraw {

struct KnownText {
  at::Tensor source, context;  // as it was given and as the UNet takes it
  KeptText kept;
};

std::shared_ptr<KnownText> new_known_text() { return std::make_shared<KnownText>(); }

namespace fs = std::filesystem;
namespace {

constexpr const char* kUnetPrefix = "model.diffusion_model.";

std::int64_t unet_parameters(const StateDict& keys) {
  std::int64_t count = 0;
  for (auto it = keys.lower_bound(kUnetPrefix); it != keys.end() && it->first.starts_with(kUnetPrefix); ++it)
    count += it->second.numel();
  return count;
}

/// f32 on the CPU; on CUDA f16 unless f32 is asked for: scaled down it rounds eight times finer than bf16.
at::ScalarType auto_vae_dtype(const at::Device& device, at::ScalarType unet) {
  return unet == at::kFloat || device.is_cpu() ? at::kFloat : at::kHalf;
}

/// The maps of SDXL's own VAE reach some 10^5; 2^-7 as large they lie in the middle of f16.
Vae scaled_for_its_numbers(Vae vae) {
  constexpr int kHalfScale = 7;
  if (vae.dtype() == at::kHalf) vae.scale_down(kHalfScale);
  return vae;
}

int check_channels(const Checkpoint& checkpoint) {
  const at::Tensor& first = checkpoint.state_dict->at(std::string(kUnetPrefix) + "input_blocks.0.0.weight");
  const std::int64_t channels = first.dim() == 4 ? first.size(1) : 0;
  if (channels == 4 || channels == 8 || channels == 9) return static_cast<int>(channels);
  throw Error(ErrorKind::kModel, "\"" + checkpoint.path.filename().string() + "\" is of a kind that is not known",
              checkpoint.path.string(),
              "its UNet takes " + std::to_string(channels) + " channels; 4 are plain, 8 instruct-pix2pix, 9 inpainting",
              "give a checkpoint of one of these kinds");
}

Vae load_own_vae(const StateDict& keys, const std::string& file, at::Device device, at::ScalarType dtype) {
  const WeightsSource source{&keys, file, device, dtype};
  return scaled_for_its_numbers(Vae(Weights(source, "first_stage_model.")));
}

Vae load_vae_file(const fs::path& file, at::Device device, at::ScalarType dtype) {
  const StateDict keys = plain_vae_keys(load_tensors(file));
  const WeightsSource source{&keys, file.string(), device, dtype};
  return scaled_for_its_numbers(Vae(Weights(source, "")));
}

Vae load_vae(const Checkpoint& checkpoint, at::ScalarType dtype) {
  if (!checkpoint.vae.empty()) return load_vae_file(checkpoint.vae, checkpoint.device.device, dtype);
  return load_own_vae(*checkpoint.state_dict, checkpoint.path.string(), checkpoint.device.device, dtype);
}

/// f over as many pictures at once as the budget takes; where tiles are left open, one that alone takes more goes in
/// tiles. A GPU takes it whole: where its memory does not hold it, the call fails at once, and the caller asks for
/// tiles.
template <typename F>
at::Tensor by_budget(const at::Tensor& pictures, const at::Device& device, const VaeOptions& options,
                     std::int64_t bytes_each, F f) {
  const std::int64_t fits = options.budget / std::max<std::int64_t>(bytes_each, 1);
  const int tile = options.tile.value_or(fits == 0 && device.is_cpu() ? kVaeTile : 0);
  const std::int64_t step = tile != 0 ? 1 : std::max<std::int64_t>(fits, 1), count = pictures.size(0);
  std::vector<at::Tensor> done;
  for (std::int64_t from = 0; from < count; from += step)
    done.push_back(f(pictures.narrow(0, from, std::min(step, count - from)), tile));
  return done.size() == 1 ? done[0] : at::cat(done);
}

std::function<Vae()> full_vae_loader(const Checkpoint& checkpoint) {
  return [path = checkpoint.path, vae = checkpoint.vae, device = checkpoint.device.device] {
    return vae.empty() ? load_own_vae(load_tensors(path), path.string(), device, at::kFloat)
                       : load_vae_file(vae, device, at::kFloat);
  };
}

bool any_row_is_finite(const at::Tensor& x) { return at::isfinite(x).flatten(1).all(1).any().item<bool>(); }

UnetText text_of(const TextVectors& text, at::Device device, at::ScalarType dtype) {
  if (text.known == nullptr) return {text.context.to(device, dtype)};
  KnownText& known = *text.known;
  if (!known.source.is_same(text.context)) known.context = text.context.to(device, dtype);
  known.source = text.context;
  return {known.context, &known.kept};
}

Error not_finite(const std::string& file, at::ScalarType dtype) {
  const bool full = dtype == at::kFloat;
  return Error(
      ErrorKind::kModel,
      "the UNet of \"" + fs::path(file).filename().string() + "\" gives no finite number (NaN or infinity)", file,
      full ? "its weights are damaged" : "its weights are damaged, or its numbers overflow in " + name_of(dtype),
      full ? "fetch or export the file again" : "try --dtype f32; if it stays, fetch or export the file again");
}

}  // namespace

LatentParts load_parts(const Checkpoint& checkpoint, ModelTraits traits, HeadRule rule) {
  const DeviceChoice& choice = checkpoint.device;
  traits.in_channels = check_channels(checkpoint);
  traits.dtype = choice.dtype.value_or(auto_dtype(choice.device, unet_parameters(*checkpoint.state_dict)));
  traits.vae_dtype = choice.vae_dtype.value_or(auto_vae_dtype(choice.device, traits.dtype));
  auto weights = std::make_unique<NamedWeights>();
  const WeightsSource source{checkpoint.state_dict, checkpoint.path.string(), choice.device, traits.dtype,
                             weights.get()};
  Unet unet(Weights(source, kUnetPrefix), rule);
  Vae vae = load_vae(checkpoint, traits.vae_dtype);
  return {std::move(traits),           choice.device,           std::move(unet), std::move(vae), std::move(weights),
          full_vae_loader(checkpoint), checkpoint.path.string()};
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
  const at::Tensor mean =
      by_budget(image, parts_.device, options, image.size(2) * image.size(3) * vae.bytes_per_pixel(),
                [&](const at::Tensor& some, int tile) {
                  const at::Tensor x = some.to(parts_.device, vae.dtype());
                  return (tile == 0 ? vae.encode(x) : vae.encode_tiled(x, tile)).first;
                });
  return mean.to(parts_.device, at::kFloat) * parts_.traits.latent_scale;
}

at::Tensor LatentModel::decode(const at::Tensor& latent, const VaeOptions& options) const {
  const Vae& vae = vae_for(options);
  const int stride = parts_.traits.latent_stride;
  const std::int64_t pixels = latent.size(2) * latent.size(3) * stride * stride;
  const at::Tensor image = by_budget(latent / parts_.traits.latent_scale, parts_.device, options,
                                     pixels * vae.bytes_per_pixel(), [&](const at::Tensor& some, int tile) {
                                       const at::Tensor x = some.to(parts_.device, vae.dtype());
                                       return tile == 0 ? vae.decode(x) : vae.decode_tiled(x, tile);
                                     });
  return image.to(at::kFloat);
}

at::Tensor LatentModel::call_unet(const at::Tensor& x, const at::Tensor& t, const UnetText& text,
                                  const at::Tensor& vector) const {
  // Larger calls are bound by their arithmetic; a recording would only hold the memory that the VAE needs.
  constexpr std::int64_t kMostRecordedCells = 65536;  // 512 x 512: batch 8 with guidance; 1024 x 1024: batch 2
  if (recorded_unet_.records() && x.size(0) * x.size(2) * x.size(3) <= kMostRecordedCells)
    // Makes keys and values anew: they are no inputs.
    return recorded_unet_({x, t, text.tokens, vector}, CircularPadding::is_on());
  return parts_.unet.forward(x, t, text, vector);
}

at::Tensor LatentModel::predict(const at::Tensor& x, const at::Tensor& t, const TextVectors& text,
                                const at::Tensor& image_condition) const {
  const at::ScalarType dtype = parts_.traits.dtype;
  const at::Tensor input = image_condition.defined() ? at::cat({x, image_condition}, 1) : x;
  const at::Tensor vector = text.vector.defined() ? text.vector.to(parts_.device, dtype) : at::Tensor();
  const UnetText words = text_of(text, parts_.device, dtype);
  const at::Tensor output =
      call_unet(input.to(parts_.device, dtype), t.to(parts_.device), words, vector).to(at::kFloat);
  if (!any_row_is_finite(output) && any_row_is_finite(x)) throw not_finite(parts_.file, dtype);
  return output;
}

}  // namespace redraw
