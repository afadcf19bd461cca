// The sizes of a checkpoint's networks, read off its keys and shapes.
#include "inspect/architecture.h"

#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "inspect/numbers.h"

namespace redraw {
namespace {

constexpr double kSpreadOfV = 0.09;  // Forge and ComfyUI
constexpr int kMostBlocks = 1000;

class Reader {
 public:
  Reader(const ModelFile& file, const std::string& family) : tensors_(file.tensors), family_(family) {}

  Architecture read() {
    it_.in_channels = side("model.diffusion_model.input_blocks.0.0.weight", 1);
    it_.model_channels = side("model.diffusion_model.input_blocks.0.0.weight", 0);
    it_.adm_in_channels = side("model.diffusion_model.label_emb.0.0.weight", 1);
    read_levels();
    const std::string middle = "model.diffusion_model.middle_block.";
    it_.transformer_depth_middle = count(middle + "1.transformer_blocks.{}.norm1.weight");
    it_.heads_middle = heads(side(middle + "0.out_layers.3.weight", 0));
    for (const std::string& prefix : clip_prefixes())
      add_text(count(prefix + "encoder.layers.{}.layer_norm1.weight"), side(prefix + "final_layer_norm.weight", 0));
    for (const std::string& prefix : open_clip_prefixes())
      add_text(count(prefix + "transformer.resblocks.{}.ln_1.weight"), side(prefix + "ln_final.weight", 0));
    read_vae();
    it_.prediction = is_v() ? "v" : "eps";
    it_.zero_terminal_snr = family_ == "sdxl" && tensors_.contains("ztsnr");
    return std::move(it_);
  }

 private:
  const TensorInfo* find(const std::string& key) const {
    const auto found = tensors_.find(key);
    return found == tensors_.end() ? nullptr : &found->second;
  }
  /// 0 where the key or the side is missing.
  std::int64_t side(const std::string& key, std::size_t index) const {
    const TensorInfo* tensor = find(key);
    return tensor != nullptr && index < tensor->shape.size() ? tensor->shape[index] : 0;
  }
  /// How many keys there are with 0, 1, 2, ... in the place of {}.
  std::int64_t count(const std::string& pattern) const {
    int n = 0;
    while (n < kMostBlocks && tensors_.contains(fmt::format(fmt::runtime(pattern), n))) ++n;
    return n;
  }
  /// They do not show in the shapes: the family decides.
  std::int64_t heads(std::int64_t channels) const { return family_ == "sd1" ? 8 : channels / 64; }

  void read_levels() {
    std::int64_t blocks = 0, depth = 0, channels = 0;
    for (int n = 1; n < kMostBlocks; ++n) {
      const std::string block = fmt::format("model.diffusion_model.input_blocks.{}.", n);
      if (const std::int64_t out = side(block + "0.out_layers.3.weight", 0); out > 0) {
        ++blocks;
        channels = out;
        depth = count(block + "1.transformer_blocks.{}.norm1.weight");
        if (depth > 0) read_attention(block + "1.");
        continue;
      }
      if (blocks > 0) add_level(blocks, depth, channels);
      blocks = 0;
      if (!tensors_.contains(block + "0.op.weight")) return;
    }
  }

  void add_level(std::int64_t blocks, std::int64_t depth, std::int64_t channels) {
    it_.num_res_blocks.push_back(blocks);
    it_.transformer_depth.push_back(depth);
    it_.channel_mult.push_back(it_.model_channels > 0 ? channels / it_.model_channels : 0);
    it_.heads.push_back(depth > 0 ? heads(channels) : 0);
  }

  void read_attention(const std::string& block) {
    it_.context_dim = side(block + "transformer_blocks.0.attn2.to_k.weight", 1);
    const TensorInfo* projection = find(block + "proj_in.weight");
    it_.linear_projection = projection != nullptr && projection->shape.size() == 2;
  }

  std::vector<std::string> clip_prefixes() const {
    if (family_ != "sdxl" && family_ != "sd1") return {};
    const std::string base =
        family_ == "sdxl" ? "conditioner.embedders.0.transformer." : "cond_stage_model.transformer.";
    return {tensors_.contains(base + "final_layer_norm.weight") ? base : base + "text_model."};
  }
  std::vector<std::string> open_clip_prefixes() const {
    if (family_ == "sd2") return {"cond_stage_model.model."};
    if (family_ == "sdxl") return {"conditioner.embedders.1.model."};
    return {};
  }
  void add_text(std::int64_t layers, std::int64_t width) {
    it_.text_layers.push_back(layers);
    it_.text_heads.push_back(width / 64);
    it_.text_widths.push_back(width);
  }

  void read_vae() {
    const std::string encoder = "first_stage_model.encoder.";
    const std::int64_t first = side(encoder + "conv_in.weight", 0),
                       levels = count(encoder + "down.{}.block.0.conv2.weight");
    for (std::int64_t level = 0; level < levels && first > 0; ++level)
      it_.vae_ch_mult.push_back(side(fmt::format("{}down.{}.block.0.conv2.weight", encoder, level), 0) / first);
  }

  bool is_v() const {
    if (family_ == "sdxl") return tensors_.contains("v_pred");
    const TensorInfo* bias =
        family_ == "sd2" ? find("model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias") : nullptr;
    if (bias == nullptr) return false;
    const std::vector<double> numbers = numbers_of(*bias);
    if (numbers.empty()) return false;
    const auto n = static_cast<double>(numbers.size());
    const double mean = std::accumulate(numbers.begin(), numbers.end(), 0.0) / n;
    const double square = std::accumulate(numbers.begin(), numbers.end(), 0.0,
                                          [&](double sum, double x) { return sum + (x - mean) * (x - mean); });
    return std::sqrt(square / n) > kSpreadOfV;
  }

  const std::map<std::string, TensorInfo>& tensors_;
  std::string family_;
  Architecture it_;
};

}  // namespace

Architecture architecture_of(const ModelFile& file, const std::string& family) { return Reader(file, family).read(); }

}  // namespace redraw
