// Model cost: multiplications and bytes of a checkpoint, out of its header alone.
#include "batch/model_cost.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace redraw {
namespace {

using Json = nlohmann::json;
using Shapes = std::map<std::string, std::vector<double>>;

constexpr std::uint64_t kLongestHeader = 100'000'000;  // as safetensors itself has it
constexpr std::string_view kUnet = "model.diffusion_model.", kVae = "first_stage_model.";

std::optional<Shapes> read_shapes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  unsigned char bytes[8] = {};
  if (!file.read(reinterpret_cast<char*>(bytes), 8)) return std::nullopt;
  std::uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | bytes[i];
  if (length > kLongestHeader) return std::nullopt;
  std::string text(length, ' ');
  if (!file.read(text.data(), static_cast<std::streamsize>(length))) return std::nullopt;
  const Json json = Json::parse(text, nullptr, false);
  Shapes shapes;
  if (!json.is_object()) return std::nullopt;
  for (const auto& [name, tensor] : json.items())
    if (tensor.is_object() && tensor.contains("shape") && tensor["shape"].is_array())
      for (const Json& side : tensor["shape"]) shapes[name].push_back(side.is_number() ? side.get<double>() : 0);
  return shapes;
}

double product(const std::vector<double>& shape) {
  double all = 1;
  for (const double side : shape) all *= side;
  return all;
}

/// Which of the UNet's resolutions each block works at, 0 the finest: read off its up and down convolutions.
class Levels {
 public:
  explicit Levels(const Shapes& shapes) {
    int level = 0;
    for (int i = 0; i < kMostBlocks; ++i) {
      if (shapes.contains(fmt::format("{}input_blocks.{}.0.op.weight", kUnet, i))) ++level;
      of_[fmt::format("input_blocks.{}.", i)] = level;
    }
    of_["middle_block."] = level;
    for (int i = 0; i < kMostBlocks; ++i) {
      of_[fmt::format("output_blocks.{}.", i)] = level;
      for (int part = 1; part <= 2; ++part)
        if (shapes.contains(fmt::format("{}output_blocks.{}.{}.conv.weight", kUnet, i, part))) --level;
    }
  }

  /// Cells at the block's resolution for one latent cell.
  double share(const std::string& name) const {
    for (const auto& [prefix, level] : of_)
      if (name.starts_with(prefix)) return std::pow(0.25, level);
    return 1;
  }

 private:
  static constexpr int kMostBlocks = 32;
  std::map<std::string, int> of_;
};

void add_unet(const std::string& name, const std::vector<double>& shape, const Levels& levels, ModelCost& cost) {
  cost.unet_parameters += product(shape);
  if (shape.size() < 2 || name.starts_with("time_embed") || name.find("emb_layers") != std::string::npos) return;
  if (name.find("attn2.to_k") != std::string::npos || name.find("attn2.to_v") != std::string::npos)
    return;  // of the text
  const double share = levels.share(name);
  cost.unet_per_cell += product(shape) * share;
  if (name.find("attn1.to_q") != std::string::npos) cost.unet_per_pair += 2 * shape[0] * share * share;
}

void add_vae(const std::string& name, const std::vector<double>& shape, ModelCost& cost) {
  if (shape.size() != 4) return;
  const std::size_t level_at = name.find(name.starts_with("decoder.") ? "up." : "down.");
  double level = 0;
  if (level_at != std::string::npos)
    level = static_cast<double>(parse_integer(name.substr(name.find('.', level_at) + 1, 1)).value_or(0));
  else if (name.find("mid.") != std::string::npos) level = 3;
  const bool finer = name.find("upsample") != std::string::npos && name.find("downsample") == std::string::npos;
  const bool coarser = name.find("downsample") != std::string::npos;
  level += coarser ? 1 : finer ? -1 : 0;
  cost.vae_per_pixel += product(shape) * std::pow(0.25, level);
  if (level == 0) cost.vae_channels = std::max(cost.vae_channels, shape[1]);
}

}  // namespace

double ModelCost::picture(Size work_size, int steps, int rows) const {
  const double pixels = static_cast<double>(work_size.width) * work_size.height, cells = pixels / 64;
  return rows * steps * (unet_per_cell * cells + unet_per_pair * cells * cells) + vae_per_pixel * pixels;
}

std::optional<ModelCost> read_model_cost(const std::filesystem::path& path) {
  const auto shapes = read_shapes(path);
  if (!shapes) return std::nullopt;
  const Levels levels(*shapes);
  ModelCost cost;
  for (const auto& [name, shape] : *shapes) {
    cost.parameters += product(shape);
    if (name.starts_with(kUnet)) add_unet(name.substr(kUnet.size()), shape, levels, cost);
    if (name.starts_with(kVae)) add_vae(name.substr(kVae.size()), shape, cost);
  }
  return cost.unet_per_cell > 0 ? std::optional(cost) : std::nullopt;
}

}  // namespace redraw
