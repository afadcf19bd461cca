// The stand-ins for the networks that the golden vectors were made with (their README says how they work).
#pragma once

#include <ATen/ATen.h>

#include <cmath>
#include <functional>
#include <utility>

#include "models/model.h"
#include "schedule/noise_levels.h"
#include "support/tensors.h"

namespace redraw::golden {

/// [[numbers], ...] -> [rows, numbers] f32.
inline at::Tensor rows_of(const Json& rows) {
  std::vector<at::Tensor> tensors;
  for (const Json& row : rows) tensors.push_back(at::tensor(row.get<std::vector<double>>(), at::kFloat));
  return at::stack(tensors);
}

/// Denoiser "mixture": a mixture of Gaussians, for every latent pixel on its own.
class Mixture {
 public:
  /// means [K, 4]; std  of each Gaussian
  Mixture(at::Tensor means, double std) : means_(std::move(means)), std_(std) {}

  at::Tensor denoised(const at::Tensor& x, const at::Tensor& shift, double sigma) const {  // x [N, 4, h, w]
    const double s2 = std_ * std_, v = sigma * sigma + s2;
    const at::Tensor centres = means_.unsqueeze(0) + shift.unsqueeze(1);  // [N, K, 4]
    const at::Tensor m = centres.unsqueeze(-1).unsqueeze(-1);             // [N, K, 4, 1, 1]
    const at::Tensor distance = (x.unsqueeze(1) - m).pow(2).sum(2, true);  // [N, K, 1, h, w]
    const at::Tensor w = at::softmax(-distance / (2 * v), 1);
    return (sigma * sigma * (w * m).sum(1) + s2 * x) / v;
  }

  /// What a net of discrete timesteps says of x_in (variance 1) at sigma, with the shift as its condition.
  at::Tensor eps_or_v(const at::Tensor& x_in, double sigma, const at::Tensor& shift, bool v) const {
    const double scale = std::sqrt(sigma * sigma + 1);
    const at::Tensor x = x_in * scale;
    const at::Tensor denoised_x = denoised(x, shift, sigma), noise = (x - denoised_x) / sigma;
    return v ? (noise - sigma * denoised_x) / scale : noise;
  }

 private:
  at::Tensor means_;
  double std_;
};

using TensorToTensor = std::function<at::Tensor(const at::Tensor&)>;

/// A Model of two functions and, where something is sampled, a Mixture; the context [N, 1, 4] is its shift.
class StandIn : public Model {
 public:
  StandIn(std::int64_t latent_channels, TensorToTensor encode, TensorToTensor decode, const Mixture* mixture = nullptr)
      : encode_(std::move(encode)), decode_(std::move(decode)), mixture_(mixture) {
    traits_.prediction = "eps";
    traits_.in_channels = traits_.latent_channels = static_cast<int>(latent_channels);
    traits_.latent_scale = 1;
    traits_.alphas_cumprod = scaled_linear_alphas();
  }

  const ModelTraits& traits() const override { return traits_; }
  const NamedWeights& weights() const override { return weights_; }
  /// As if its UNet took so many channels.
  StandIn with_in_channels(int channels) const {
    StandIn other = *this;
    other.traits_.in_channels = channels;
    return other;
  }
  using Model::decode;
  using Model::encode;
  at::Tensor encode(const at::Tensor& image, const VaeOptions&) const override { return encode_(image); }
  at::Tensor decode(const at::Tensor& latent, const VaeOptions&) const override { return decode_(latent); }
  TextVectors embed(std::span<const PromptRow>, const TextOptions&) const override {
    throw Skip{"the stand-in has no text encoder"};
  }
  at::Tensor predict(const at::Tensor& x, const at::Tensor& t, const TextVectors& text,
                     const at::Tensor&) const override {
    if (mixture_ == nullptr) throw Skip{"the stand-in has no denoiser"};
    const double sigma = NoiseLevels(traits_.alphas_cumprod).sigma_of_t(t[0].item<double>());
    return mixture_->eps_or_v(x, sigma, text.context.select(1, 0), false);
  }

 private:
  ModelTraits traits_;
  NamedWeights weights_;
  TensorToTensor encode_, decode_;
  const Mixture* mixture_;
};

/// Loses nothing: every 8x8 block of the picture is one pixel of 192 channels.
inline StandIn unshuffle_model() {
  return StandIn(192, [](const at::Tensor& image) { return at::pixel_unshuffle(image, 8); },
                 [](const at::Tensor& latent) { return at::pixel_shuffle(latent, 8); });
}

/// Means of 8x8 blocks of red, green and blue, and the mean of these three.
inline StandIn pool_model(const Mixture* mixture) {
  const auto encode = [](const at::Tensor& image) {
    const at::Tensor means = at::avg_pool2d(image, 8);  // [N, 3, h, w]
    return at::cat({means, means.mean(1, true)}, 1);    // [N, 4, h, w]
  };
  const auto decode = [](const at::Tensor& latent) {
    return latent.narrow(1, 0, 3).repeat_interleave(8, 2).repeat_interleave(8, 3);
  };
  return StandIn(4, encode, decode, mixture);
}

/// Encodes every picture to this latent [C, h, w].
inline StandIn fixed_model(const at::Tensor& latent) {
  const auto encode = [latent](const at::Tensor& image) {
    return latent.unsqueeze(0).repeat({image.size(0), 1, 1, 1});
  };
  return StandIn(latent.size(0), encode, [](const at::Tensor& x) { return x; });
}

}  // namespace redraw::golden
