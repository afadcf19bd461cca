// Which keys a checkpoint or VAE lacks, and which belong to nothing.
#include "inspect/layout.h"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <sstream>

namespace redraw {
namespace {

/// The keys of one block. `base`: where it stands, # for a number. `names`: of its layers, each with weight
/// and bias; "x/" has a weight only, "x?" may be missing, "=x" is a key as it stands.
struct BlockRow {
  std::string_view base;
  const char* names;
};

constexpr const char* kResidual = "in_layers.0 in_layers.2 emb_layers.1 out_layers.0 out_layers.3 skip_connection?";
constexpr const char* kSpatial = "norm proj_in proj_out";
constexpr const char* kTransformer =
    "norm1 norm2 norm3 attn1.to_q/ attn1.to_k/ attn1.to_v/ attn1.to_out.0 attn2.to_q/ attn2.to_k/ "
    "attn2.to_v/ attn2.to_out.0 ff.net.0.proj ff.net.2";
constexpr BlockRow kUnet[] = {
    {"", "time_embed.0 time_embed.2 input_blocks.0.0 out.0 out.2"}, {"label_emb.0", "0 2"},
    {"input_blocks.#.#", kResidual}, {"input_blocks.#.#", kSpatial}, {"input_blocks.#.#", "op"},
    {"input_blocks.#.#.transformer_blocks.#", kTransformer}, {"middle_block.#", kResidual},
    {"middle_block.#", kSpatial}, {"middle_block.#.transformer_blocks.#", kTransformer},
    {"output_blocks.#.#", kResidual}, {"output_blocks.#.#", kSpatial}, {"output_blocks.#.#", "conv"},
    {"output_blocks.#.#.transformer_blocks.#", kTransformer}};
constexpr BlockRow kClip[] = {
    {"", "embeddings.token_embedding/ embeddings.position_embedding/ final_layer_norm"},
    {"encoder.layers.#",
     "layer_norm1 layer_norm2 self_attn.q_proj self_attn.k_proj self_attn.v_proj self_attn.out_proj mlp.fc1 mlp.fc2"}};
constexpr BlockRow kOpenClip[] = {
    {"", "token_embedding/ =positional_embedding ln_final =text_projection?"},
    {"transformer.resblocks.#", "ln_1 ln_2 =attn.in_proj_weight =attn.in_proj_bias attn.out_proj mlp.c_fc mlp.c_proj"}};
constexpr const char* kVaeResidual = "norm1 conv1 norm2 conv2 nin_shortcut?";
constexpr const char* kVaeAttention = "norm q k v proj_out";
constexpr BlockRow kVae[] = {{"",
                              "encoder.conv_in encoder.norm_out encoder.conv_out decoder.conv_in decoder.norm_out "
                              "decoder.conv_out quant_conv post_quant_conv"},
                             {"encoder.down.#.block.#", kVaeResidual},
                             {"encoder.down.#.downsample", "conv"},
                             {"encoder.mid.block_1", kVaeResidual},
                             {"encoder.mid.block_2", kVaeResidual},
                             {"encoder.mid.attn_1", kVaeAttention},
                             {"decoder.mid.block_1", kVaeResidual},
                             {"decoder.mid.block_2", kVaeResidual},
                             {"decoder.mid.attn_1", kVaeAttention},
                             {"decoder.up.#.block.#", kVaeResidual},
                             {"decoder.up.#.upsample", "conv"}};

struct Part {
  ModelKind kind;
  std::string_view family;  // empty: any
  std::string_view prefix;
  std::span<const BlockRow> blocks;
};
constexpr Part kParts[] = {
    {ModelKind::kCheckpoint, "", "model.diffusion_model.", kUnet},
    {ModelKind::kCheckpoint, "", "first_stage_model.", kVae},
    {ModelKind::kCheckpoint, "sd1", "cond_stage_model.transformer.text_model.", kClip},
    {ModelKind::kCheckpoint, "sd2", "cond_stage_model.model.", kOpenClip},
    {ModelKind::kCheckpoint, "sdxl", "conditioner.embedders.0.transformer.text_model.", kClip},
    {ModelKind::kCheckpoint, "sdxl", "conditioner.embedders.1.model.", kOpenClip},
    {ModelKind::kVae, "", "", kVae},
};

/// What real files carry along: the training's average, its loss, buffers of the schedule, counters.
constexpr std::string_view kPassedOver[] = {
    "model_ema.", "loss.", "cond_stage_model.logit_scale", "logit_scale", "betas", "alphas_cumprod", "sqrt_",
    "log_one_minus_alphas_cumprod", "posterior_", "denoiser.", "v_pred", "ztsnr", "logvar", "lvlb_weights",
    "edm_"};

bool is_passed_over(std::string_view key) {
  if (key.ends_with("position_ids") || key.ends_with(".logit_scale") || key.ends_with(".attn_mask")) return true;
  return std::any_of(std::begin(kPassedOver), std::end(kPassedOver),
                     [&](std::string_view start) { return key.starts_with(start); });
}

/// What of the key is behind the base, where it begins with it; `key` without its prefix.
std::optional<std::string_view> behind(std::string_view base, std::string_view key) {
  while (!base.empty()) {
    const std::string_view part = base.substr(0, base.find('.')), own = key.substr(0, key.find('.'));
    const bool number = !own.empty() && own.size() < 6 && own.find_first_not_of("0123456789") == std::string_view::npos;
    if (own.size() == key.size() || (part == "#" ? !number : part != own)) return std::nullopt;
    base.remove_prefix(std::min(base.size(), part.size() + 1));
    key.remove_prefix(own.size() + 1);
  }
  return key;
}

/// Key of a block -> whether it has to be there.
std::map<std::string, bool, std::less<>> leaves_of(const BlockRow& row) {
  std::map<std::string, bool, std::less<>> leaves;
  std::istringstream names(row.names);
  for (std::string name; names >> name;) {
    const bool needed = name.back() != '?', bias = name.back() != '/';
    if (!needed || !bias) name.pop_back();
    if (name[0] == '=') { leaves.emplace(name.substr(1), needed); continue; }
    leaves.emplace(name + ".weight", needed);
    if (bias) leaves.emplace(name + ".bias", needed);
  }
  return leaves;
}

class PartCheck {
 public:
  PartCheck(const Part& part, std::string_view prefix) : prefix_(prefix) {
    for (const BlockRow& row : part.blocks) {
      blocks_.push_back({row.base, leaves_of(row), {}});
      if (row.base.find('#') == std::string_view::npos && row.base != "label_emb.0")
        blocks_.back().found[std::string(row.base)];
    }
  }

  bool claims(std::string_view key) {
    if (!key.starts_with(prefix_)) return false;
    const std::string_view rest = key.substr(prefix_.size());
    for (Block& block : blocks_) {
      const auto leaf = behind(block.base, rest);
      if (!leaf || !block.leaves.contains(*leaf)) continue;
      const std::string_view base = rest.substr(0, rest.size() - leaf->size());
      block.found[std::string(base.substr(0, base.empty() ? 0 : base.size() - 1))].insert(std::string(*leaf));
      return true;
    }
    return false;
  }

  void add_missing(std::vector<std::string>& missing) const {
    std::map<std::string, std::set<int>> numbers;  // what stands before a number -> which there are
    for (const Block& block : blocks_)
      for (const auto& [base, found] : block.found) {
        for (const auto& [leaf, needed] : block.leaves)
          if (needed && !found.contains(leaf)) missing.push_back(prefix_ + (base.empty() ? "" : base + ".") + leaf);
        add_numbers(base, numbers);
      }
    for (const auto& [start, there] : numbers)
      for (int n = start == "input_blocks." ? 1 : 0; n < *there.rbegin(); ++n)  // block 0 is a single convolution
        if (!there.contains(n)) missing.push_back(prefix_ + start + std::to_string(n) + ".*");
  }

 private:
  struct Block {
    std::string_view base;
    std::map<std::string, bool, std::less<>> leaves;
    std::map<std::string, std::set<std::string>> found;  // by the block's place
  };

  static void add_numbers(const std::string& base, std::map<std::string, std::set<int>>& numbers) {
    for (std::size_t at = 0; at < base.size();) {
      const std::size_t end = std::min(base.find('.', at), base.size());
      const std::string part = base.substr(at, end - at);
      if (part.find_first_not_of("0123456789") == std::string::npos && !part.empty())
        numbers[base.substr(0, at)].insert(std::stoi(part));
      at = end + 1;
    }
  }

  std::string prefix_;
  std::vector<Block> blocks_;
};

/// Early SD1 files lack text_model; VAE files can have a checkpoint's prefix.
std::string_view prefix_in(const Part& part, const KeySet& keys) {
  if (part.kind == ModelKind::kVae && keys.has_prefix("first_stage_model.")) return "first_stage_model.";
  const bool early = part.prefix == "cond_stage_model.transformer.text_model." && !keys.has_prefix(part.prefix);
  return early ? "cond_stage_model.transformer." : part.prefix;
}

}  // namespace

LayoutFacts check_layout(const KeySet& keys, ModelKind kind, const std::string& family) {
  std::vector<PartCheck> parts;
  for (const Part& part : kParts)
    if (part.kind == kind && family != "diffusers" && (part.family.empty() || part.family == family))
      parts.emplace_back(part, prefix_in(part, keys));
  LayoutFacts facts;
  if (parts.empty()) return facts;
  for (const std::string_view key : keys.all()) {
    const bool known = std::any_of(parts.begin(), parts.end(), [&](PartCheck& part) { return part.claims(key); });
    if (!known && !is_passed_over(key)) facts.left_over.emplace_back(key);
  }
  for (const PartCheck& part : parts) part.add_missing(facts.missing);
  return facts;
}

}  // namespace redraw
