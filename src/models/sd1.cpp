// Stable Diffusion 1.x: key prefixes, heads, schedule, and how its prompts are encoded.
#include <ATen/ATen.h>

#include "models/clip.h"
#include "models/families.h"
#include "models/unet.h"
#include "models/vae.h"
#include "redraw/error.h"
#include "schedule/noise_levels.h"

namespace redraw {
namespace {

constexpr std::int64_t kHeads = 8;  // at every level; heads do not show in the shapes
constexpr const char* kUnetPrefix = "model.diffusion_model.";

std::string text_prefix(const StateDict& keys) {
  const std::string base = "cond_stage_model.transformer.";
  return keys.contains(base + "text_model.final_layer_norm.weight") ? base + "text_model." : base;
}

std::int64_t unet_parameters(const StateDict& keys) {
  std::int64_t count = 0;
  for (auto it = keys.lower_bound(kUnetPrefix); it != keys.end() && it->first.starts_with(kUnetPrefix); ++it) count += it->second.numel();
  return count;
}

/// The file's own schedule where it has one (merges often hold it in fp16), as A1111 does.
std::vector<float> schedule_of(const StateDict& keys) {
  const auto found = keys.find("alphas_cumprod");
  if (found == keys.end() || found->second.numel() != 1000) return scaled_linear_alphas();
  const at::Tensor alphas = found->second.to(at::kFloat).contiguous();
  return {alphas.const_data_ptr<float>(), alphas.const_data_ptr<float>() + 1000};
}

/// GroupNorm and softmax of the VAE overflow in fp16; f32 on the CPU, bf16 on CUDA unless f32 is asked for.
at::ScalarType vae_dtype(const at::Device& device, at::ScalarType unet) {
  return unet == at::kFloat || device.is_cpu() ? at::kFloat : at::kBFloat16;
}

class Sd1 : public Model {
 public:
  /// weights  what unet and text write down while they are loaded
  Sd1(const Weights& unet, const Weights& text, const Weights& vae, const StateDict& weights, ModelTraits traits, at::Device device, at::ScalarType vae_type)
      : unet_(unet, kHeads), clip_(text), vae_(vae), weights_(weights), traits_(std::move(traits)), device_(device), vae_dtype_(vae_type) {}

  const ModelTraits& traits() const override { return traits_; }
  const StateDict& weights() const override { return weights_; }

  at::Tensor encode(const at::Tensor& image) const override {
    return vae_.encode(image.to(device_, vae_dtype_)).first.to(at::kFloat) * traits_.latent_scale;
  }

  at::Tensor decode(const at::Tensor& latent) const override {
    return vae_.decode((latent / traits_.latent_scale).to(device_, vae_dtype_)).to(at::kFloat);
  }

  using Model::embed;
  at::Tensor embed(std::span<const PromptRow> prompts, int clip_skip, Emphasis emphasis) const override {
    std::vector<at::Tensor> chunks;
    for (std::size_t i = 0; i < prompts[0].chunks.size(); ++i)
      chunks.push_back(embed_chunk(prompts, i, clip_skip, emphasis));
    return at::cat(chunks, 1);  // [N, 77k, D]
  }

  at::Tensor predict(const at::Tensor& x, const at::Tensor& t, const at::Tensor& context) const override {
    return unet_.forward(x.to(device_, traits_.dtype), t.to(device_), context.to(device_, traits_.dtype)).to(at::kFloat);
  }

 private:
  at::Tensor embed_chunk(std::span<const PromptRow> prompts, std::size_t index, int clip_skip,
                         Emphasis emphasis) const {
    std::vector<at::Tensor> ids, factors, times;
    for (const PromptRow& prompt : prompts) {
      ids.push_back(at::tensor(prompt.chunks[index].tokens, at::kInt).to(at::kLong));
      factors.push_back(at::tensor(prompt.chunks[index].weights));
      times.push_back(at::full({1, 1}, prompt.times, at::kFloat));
    }
    const at::Tensor z = clip_.forward(at::stack(ids).to(device_), clip_skip);  // [N, 77, D]
    if (emphasis == Emphasis::kIgnore || emphasis == Emphasis::kNone) return z;
    const at::Tensor weighted = z * at::stack(factors).to(device_).unsqueeze(-1);
    const at::Tensor share = at::stack(times).to(device_);  // [N, 1, 1]
    return emphasis == Emphasis::kNoNorm ? weighted : weighted * ((z * share).mean() / (weighted * share).mean());
  }

  Unet unet_;
  Clip clip_;
  Vae vae_;
  StateDict weights_;
  ModelTraits traits_;
  at::Device device_;
  at::ScalarType vae_dtype_;
};

void check_channels(const at::Tensor& first, const std::filesystem::path& checkpoint) {
  if (first.dim() == 4 && first.size(1) == 4) return;
  const std::int64_t channels = first.dim() == 4 ? first.size(1) : 0;
  throw Error(ErrorKind::kModel, "\"" + checkpoint.filename().string() + "\" needs a UNet input that redraw does not build yet",
              checkpoint.string(),
              "its UNet takes " + std::to_string(channels) + " channels" +
                  (channels == 9 ? " (an inpainting model)" : channels == 8 ? " (instruct-pix2pix)" : ""),
              "give a plain Stable Diffusion 1.x checkpoint: masks work with it too");
}

}  // namespace

std::unique_ptr<Model> load_sd1(const StateDict& state_dict, const std::filesystem::path& checkpoint,
                                const std::filesystem::path& vae, const DeviceChoice& choice) {
  check_channels(state_dict.at("model.diffusion_model.input_blocks.0.0.weight"), checkpoint);
  ModelTraits traits;
  traits.family = "sd1";
  traits.prediction = "eps";
  traits.alphas_cumprod = schedule_of(state_dict);
  traits.dtype = choice.dtype.value_or(auto_dtype(choice.device, unet_parameters(state_dict)));
  const at::ScalarType vae_type = vae_dtype(choice.device, traits.dtype);
  const StateDict vae_file = vae.empty() ? StateDict() : load_tensors(vae);
  const std::string file = checkpoint.string();
  StateDict loaded;
  const WeightsSource unet_source{&state_dict, file, choice.device, traits.dtype, &loaded};
  const WeightsSource text_source{&state_dict, file, choice.device, at::kFloat, &loaded};
  const WeightsSource vae_source{vae.empty() ? &state_dict : &vae_file, vae.empty() ? file : vae.string(), choice.device, vae_type};
  const bool prefixed = vae_source.state_dict->contains("first_stage_model.encoder.conv_in.weight");
  return std::make_unique<Sd1>(Weights(unet_source, kUnetPrefix), Weights(text_source, text_prefix(state_dict)),
                               Weights(vae_source, prefixed || vae.empty() ? "first_stage_model." : ""), loaded, std::move(traits), choice.device, vae_type);
}

}  // namespace redraw
