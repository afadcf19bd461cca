// Names of the weights in VAE files, as they are and as the autoencoder wants them.
#include "models/vae_keys.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace redraw {
namespace {

struct Renaming {
  std::string_view from, to;  // parts of a key
};
/// diffusers -> original; the old names of its attention stand beside the new ones.
constexpr Renaming kRenamings[] = {
    {".mid_block.resnets.0.", ".mid.block_1."}, {".mid_block.resnets.1.", ".mid.block_2."},
    {".mid_block.attentions.0.", ".mid.attn_1."}, {".group_norm.", ".norm."},
    {".to_q.", ".q."}, {".to_k.", ".k."}, {".to_v.", ".v."}, {".to_out.0.", ".proj_out."},
    {".query.", ".q."}, {".key.", ".k."}, {".value.", ".v."}, {".proj_attn.", ".proj_out."},
    {".conv_norm_out.", ".norm_out."}, {".conv_shortcut.", ".nin_shortcut."},
    {".resnets.", ".block."}, {".downsamplers.0.", ".downsample."}, {".upsamplers.0.", ".upsample."},
    {".down_blocks.", ".down."}};

constexpr std::string_view kUp = "decoder.up_blocks.";

/// diffusers counts the decoder's levels in the order of running, the original by resolution.
std::string reversed_level(const std::string& key, long long levels) {
  const auto dot = key.find('.', kUp.size());
  const auto level = dot == std::string::npos ? std::nullopt : parse_integer(key.substr(kUp.size(), dot - kUp.size()));
  return level ? fmt::format("decoder.up.{}{}", levels - 1 - *level, key.substr(dot)) : key;
}

std::string original_name(std::string key, long long levels) {
  if (key.starts_with(kUp)) key = reversed_level(key, levels);
  for (const Renaming& row : kRenamings)
    if (const auto at = key.find(row.from); at != std::string::npos) key.replace(at, row.from.size(), row.to);
  return key;
}

long long count_levels(const StateDict& keys) {
  long long levels = 0;
  while (keys.contains(fmt::format("{}{}.resnets.0.norm1.weight", kUp, levels))) ++levels;
  return levels;
}

}  // namespace

StateDict plain_vae_keys(const StateDict& file) {
  constexpr std::string_view kPrefix = "first_stage_model.";
  StateDict plain;
  for (const auto& [key, tensor] : file)
    plain.emplace(key.starts_with(kPrefix) ? key.substr(kPrefix.size()) : key, tensor);
  const long long levels = count_levels(plain);
  if (levels == 0) return plain;
  StateDict renamed;
  for (const auto& [key, tensor] : plain) renamed.emplace(original_name(key, levels), tensor);
  return renamed;
}

}  // namespace redraw
