// The autoencoder with smaller numbers inside: exactly the same function, in the range of f16.
//
// Group norms forget the scale of what they are given, so the sum that runs through the residual blocks may be carried
// 2^-k times as large: whatever adds to it is scaled (first convolutions, the branches' last layers, biases of layers
// that pass it on), and the norms' eps by 4^-k. What stands between a norm and the next convolution is as before.
// Powers of two round nothing, but for weights that become subnormal in f16.
#include <ATen/ATen.h>

#include <cmath>

#include "models/vae.h"

namespace redraw {
namespace {

struct Scale {
  double factor;

  void whole(const Weight& weight, at::Tensor& bias) const {
    weight.assign(weight.tensor() * factor);
    if (bias.defined()) bias.mul_(factor);
  }
  /// Of a layer whose input is scaled already.
  void passing(Conv& layer) const {
    if (layer.bias.defined()) layer.bias.mul_(factor);
  }
  void norm(Norm& norm) const { norm.eps *= factor * factor; }

  void block(VaeResBlock& block) const {
    norm(block.norm1);
    norm(block.norm2);
    whole(block.conv1.weight, block.conv1.bias);
    whole(block.conv2.weight, block.conv2.bias);
    passing(block.shortcut);
  }
  void middle(VaeMiddle& middle) const {
    block(middle.block1);
    norm(middle.attention.norm);
    whole(middle.attention.out.weight, middle.attention.out.bias);
    block(middle.block2);
  }
  void levels(std::vector<VaeLevel>& levels) const {
    for (VaeLevel& level : levels) {
      for (VaeResBlock& one : level.blocks) block(one);
      if (level.resample) passing(*level.resample);
    }
  }
};

}  // namespace

void Vae::scale_down(int k) {
  const Scale scale{std::ldexp(1.0, -k)};
  scale.whole(encoder_in_.weight, encoder_in_.bias);
  scale.levels(down_);
  scale.middle(encoder_middle_);
  scale.norm(encoder_norm_);
  scale.whole(decoder_in_.weight, decoder_in_.bias);
  scale.middle(decoder_middle_);
  scale.levels(up_);
  scale.norm(decoder_norm_);
}

}  // namespace redraw
