// TABLE of architectures: who knows a file by its keys, and the call around every network.
#include <ATen/ATen.h>

#include <cmath>

#include "redraw/error.h"
#include "upscale/network.h"

namespace redraw {
namespace {

bool is_dat(const NetWeights& w) {
  return w.has("before_RG.1.weight") && w.has("layers.0.blocks.0.attn.attns.0.rpe_biases");
}

bool is_swinir(const NetWeights& w) {
  return (w.has("conv_first.weight") || w.has("conv_first.1.weight")) &&
         w.has("layers.0.residual_group.blocks.0.attn.relative_position_index") &&
         w.has("layers.0.residual_group.blocks.0.mlp.fc1.bias");
}

bool is_esrgan(const NetWeights& w) {
  return (w.has("model.0.weight") && w.has("model.1.sub.0.RDB1.conv1.0.weight")) ||
         (w.has("conv_first.weight") && (w.has("body.0.rdb1.conv1.weight") || w.has("RRDB_trunk.0.RDB1.conv1.weight")));
}

bool is_compact(const NetWeights& w) { return w.has("body.0.weight") && w.has("body.1.weight"); }

constexpr ArchitectureRow kArchitectures[] = {{"DAT", is_dat, load_dat},
                                              {"SwinIR", is_swinir, load_swinir},
                                              {"ESRGAN", is_esrgan, load_esrgan},
                                              {"Compact", is_compact, load_compact}};

std::int64_t padded(std::int64_t side, const NetworkTraits& traits) {
  const std::int64_t least = std::max<std::int64_t>(side, traits.minimum), step = traits.multiple_of;
  return (least + step - 1) / step * step;
}

/// Reflection needs more pixels than it adds; smaller pictures repeat their edge.
at::Tensor pad(const at::Tensor& x, std::int64_t right, std::int64_t bottom) {
  if (right == 0 && bottom == 0) return x;
  const bool reflects = right < x.size(3) && bottom < x.size(2);
  return reflects ? at::reflection_pad2d(x, {0, right, 0, bottom}) : at::replication_pad2d(x, {0, right, 0, bottom});
}

}  // namespace

const ArchitectureRow* find_architecture(const NetWeights& weights) {
  for (const ArchitectureRow& row : kArchitectures)
    if (row.detect(weights)) return &row;
  return nullptr;
}

at::Tensor run_network(const Network& network, const at::Tensor& x) {
  const std::int64_t height = x.size(2), width = x.size(3), scale = network.traits.scale;
  const at::Tensor input = pad(x, padded(width, network.traits) - width, padded(height, network.traits) - height);
  const at::Tensor y =
      network.forward(input.to(network.device, network.dtype).contiguous(at::MemoryFormat::ChannelsLast))
          .to(at::kFloat);
  return y.narrow(2, 0, height * scale).narrow(3, 0, width * scale).clamp(0, 1);  // NaN stays NaN
}

int load_shuffles(NetWeights& weights, const std::string& name, std::int64_t channels, std::vector<Conv>& layers) {
  int scale = 1;
  for (int i = 0; weights.has(name + "." + std::to_string(i) + ".weight"); i += 2) {
    const std::string layer = name + "." + std::to_string(i);
    const std::int64_t out = weights.size(layer + ".weight", 0);
    const auto factor = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(out / channels))));
    if (factor < 1 || factor * factor * channels != out) weights.fail("\"" + layer + ".weight\" fits no pixel shuffle");
    layers.push_back(weights.conv(layer, channels, out));
    scale *= static_cast<int>(factor);
  }
  return scale;
}

}  // namespace redraw
