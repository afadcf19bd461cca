// What all families share: UNet, autoencoder and how they are loaded; the text is the family's own.
#pragma once

#include <functional>
#include <optional>

#include "models/families.h"
#include "models/unet.h"
#include "models/vae.h"
#include "nn/cuda_plugin.h"

namespace redraw {

struct LatentParts {
  ModelTraits traits;
  at::Device device;
  Unet unet;
  Vae vae;
  std::unique_ptr<NamedWeights> weights;   // what UNet and text encoders work with, by key
  std::function<Vae()> load_full_vae;  // from the files again, in f32
  std::string file;                    // of the checkpoint, for errors
};

/// traits  family, prediction, latent_scale, text_encoders and alphas_cumprod are the family's; the rest is read
///         off the file. Errors: kModel (a key that is missing, a number of channels that is no known kind).
LatentParts load_parts(const Checkpoint& checkpoint, ModelTraits traits, HeadRule rule);

/// The checkpoint in f32: for its text encoders, which write their weights down beside the UNet's.
WeightsSource text_source(const Checkpoint& checkpoint, const LatentParts& parts);

/// The file's own alphas_cumprod where it has them (merges often hold them in fp16), as A1111 does.
std::vector<float> schedule_of(const StateDict& keys);

/// `base` with "text_model." where the file has it; old files have not.
std::string clip_prefix(const StateDict& keys, const std::string& base);

class LatentModel : public Model {
 public:
  explicit LatentModel(LatentParts parts)
      : parts_(std::move(parts)),
        recorded_unet_([this](const RecordedCall::Inputs& inputs) { return run_unet(inputs); },
                       recorder_of(parts_.device)) {}
  const ModelTraits& traits() const override { return parts_.traits; }
  const NamedWeights& weights() const override { return *parts_.weights; }
  at::Tensor encode(const at::Tensor& image, const VaeOptions& options) const override;
  at::Tensor decode(const at::Tensor& latent, const VaeOptions& options) const override;
  at::Tensor predict(const at::Tensor& x, const at::Tensor& t, const TextVectors& text,
                     const at::Tensor& image_condition) const override;
  std::string unrecorded() const override { return recorded_unet_.problem(); }

 protected:
  using Model::decode;
  using Model::encode;
  at::Device device() const { return parts_.device; }

 private:
  const Vae& vae_for(const VaeOptions& options) const;
  at::Tensor run_unet(const RecordedCall::Inputs& inputs) const {
    return parts_.unet.forward(inputs[0], inputs[1], {inputs[2]}, inputs[3]);
  }
  at::Tensor call_unet(const at::Tensor& x, const at::Tensor& t, const UnetText& text, const at::Tensor& vector) const;

  LatentParts parts_;
  mutable RecordedCall recorded_unet_;
  mutable std::optional<Vae> full_vae_;  // loaded when the other one overflows for the first time
};

}  // namespace redraw
