// Modules of a UNet under the names that diffusers gives them.
#include "lora/unet_names.h"

#include <string_view>
#include <vector>

namespace redraw {
namespace {

struct Pair {
  std::string_view checkpoint, diffusers;
};

constexpr Pair kOutside[] = {
    {"time_embed.0", "time_embedding.linear_1"}, {"time_embed.2", "time_embedding.linear_2"},
    {"label_emb.0.0", "add_embedding.linear_1"}, {"label_emb.0.2", "add_embedding.linear_2"},
    {"input_blocks.0.0", "conv_in"},             {"out.0", "conv_norm_out"},
    {"out.2", "conv_out"}};

constexpr Pair kInResnet[] = {{"in_layers.0", "norm1"},          {"in_layers.2", "conv1"},
                              {"emb_layers.1", "time_emb_proj"}, {"out_layers.0", "norm2"},
                              {"out_layers.3", "conv2"},         {"skip_connection", "conv_shortcut"}};

/// Blocks ("input_blocks.4.1") and what diffusers calls them ("down_blocks.1.attentions.0").
using Blocks = std::vector<std::pair<std::string, std::string>>;

class BlockWalk {
 public:
  explicit BlockWalk(const std::set<std::string>& modules) : modules_(modules) {}

  Blocks all() {
    add_middle();
    add_side("input_blocks.", "down_blocks.", "downsamplers.0.conv", 1);
    add_side("output_blocks.", "up_blocks.", "upsamplers.0.conv", 0);
    return std::move(blocks_);
  }

 private:
  bool has(const std::string& module) const { return modules_.contains(module); }
  bool has_below(const std::string& prefix) const {
    const auto first = modules_.lower_bound(prefix);
    return first != modules_.end() && first->starts_with(prefix);
  }

  void add_middle() {
    blocks_.emplace_back("middle_block.0", "mid_block.resnets.0");
    blocks_.emplace_back("middle_block.1", "mid_block.attentions.0");
    blocks_.emplace_back("middle_block.2", "mid_block.resnets.1");
  }

  /// A level ends with the block that resamples: a block of its own going down, the last layer of one going up.
  void add_side(const std::string& side, const std::string& named, const std::string& resampler, int first) {
    int level = 0, place = 0;
    for (int block = first; has_below(side + std::to_string(block) + "."); ++block) {
      const std::string at = side + std::to_string(block) + ".", to = named + std::to_string(level) + ".";
      bool resamples = false;
      for (int layer = 0; has_below(at + std::to_string(layer) + "."); ++layer) {
        const std::string path = at + std::to_string(layer);
        const std::string sampler = has(path + ".op") ? path + ".op" : path + ".conv";
        resamples |= has(sampler);
        if (has(sampler)) blocks_.emplace_back(sampler, to + resampler);
        else if (has(path + ".in_layers.0")) blocks_.emplace_back(path, to + "resnets." + std::to_string(place));
        else blocks_.emplace_back(path, to + "attentions." + std::to_string(place));
      }
      place = resamples ? 0 : place + 1;
      level += resamples;
    }
  }

  const std::set<std::string>& modules_;
  Blocks blocks_;
};

std::string inner_name(std::string_view inside) {
  for (const Pair& pair : kInResnet)
    if (inside == pair.checkpoint) return std::string(pair.diffusers);
  return std::string(inside);  // of a transformer: the same in both
}

}  // namespace

std::map<std::string, std::string> diffusers_names(const std::set<std::string>& modules) {
  std::map<std::string, std::string> names;
  for (const Pair& pair : kOutside)
    if (modules.contains(std::string(pair.checkpoint))) names.emplace(pair.checkpoint, pair.diffusers);
  for (const auto& [block, named] : BlockWalk(modules).all()) {
    if (modules.contains(block)) names.emplace(block, named);  // a resampler
    const std::string prefix = block + ".";
    for (auto it = modules.lower_bound(prefix); it != modules.end() && it->starts_with(prefix); ++it)
      names.emplace(*it, named + "." + inner_name(std::string_view(*it).substr(prefix.size())));
  }
  return names;
}

}  // namespace redraw
