// Infotext -> settings: what redraw can do again, and the names of what it cannot.
#include "recipe/infotext_settings.h"

#include <algorithm>

#include <fmt/format.h>

#include "recipe/infotext_parse.h"

namespace redraw {
namespace {

struct FieldRow {
  std::string_view field;  // in the infotext
  std::string_view key;    // of the setting
  bool filled_in;          // A1111 leaves the default out
};

constexpr FieldRow kFields[] = {
    {"Prompt", "prompt", true},
    {"Negative prompt", "negative_prompt", true},
    {"Steps", "steps", false},
    {"Sampler", "sampler", false},
    {"Schedule type", "scheduler", true},
    {"CFG scale", "cfg_scale", false},
    {"Image CFG scale", "image_cfg_scale", false},
    {"Seed", "seed", false},
    {"RNG", "rng", true},
    {"Variation seed", "variation_seed", false},
    {"Variation seed strength", "variation_strength", false},
    {"ENSD", "ensd", false},
    {"Noise multiplier", "noise_multiplier", false},
    {"Extra noise", "extra_noise", false},
    {"Tiling", "tiling", false},
    {"Old prompt editing timelines", "old_prompt_editing", false},
    {"Emphasis", "emphasis", false},
    {"Skip Early CFG", "skip_early_cond", false},
    {"NGMS", "s_min_uncond", false},
    {"NGMS all steps", "s_min_uncond_all", false},
    {"CFG rescale", "cfg_rescale", false},
    {"Comma backtrack", "comma_backtrack", false},
    {"Denoising strength", "denoise", false},
    {"Conditional mask weight", "inpainting_mask_weight", false},
    {"Schedule min sigma", "sigma_min", true},
    {"Schedule max sigma", "sigma_max", true},
    {"Schedule rho", "rho", true},
    {"Beta schedule alpha", "beta_alpha", false},
    {"Beta schedule beta", "beta_beta", false},
    {"Discard penultimate sigma", "discard_penultimate", false},
    {"Noise Schedule", "noise_schedule", false},
    {"Eta", "eta", false},
    {"Eta DDIM", "eta", false},
    {"Sigma churn", "s_churn", false},
    {"Sigma tmin", "s_tmin", false},
    {"Sigma tmax", "s_tmax", false},
    {"Sigma noise", "s_noise", false},
    {"UniPC variant", "unipc_variant", false},
    {"UniPC skip type", "unipc_skip_type", false},
    {"UniPC order", "unipc_order", false},
    {"UniPC lower order final", "unipc_lower_order_final", false},
    {"Quantize", "quantize", false},
    {"Clip skip", "clip_skip", true},
    {"SDXL clip L skip", "sdxl_clip_l_skip", false},
    {"SDXL crop top", "sdxl_crop_top", false},
    {"SDXL crop left", "sdxl_crop_left", false},
    {"Mask mode", "mask_mode", true},
    {"Mask blur", "mask_blur", false},
    {"Masked content", "masked_content", true},
    {"Inpaint area", "inpaint_area", true},
    {"Masked area padding", "padding", true},
    {"Soft inpainting enabled", "soft_inpainting", false},
    {"Soft inpainting schedule bias", "soft_inpainting_schedule_bias", false},
    {"Soft inpainting preservation strength", "soft_inpainting_preservation_strength", false},
    {"Soft inpainting transition contrast boost", "soft_inpainting_transition_contrast_boost", false},
    {"Soft inpainting mask influence", "soft_inpainting_mask_influence", false},
    {"Soft inpainting difference threshold", "soft_inpainting_difference_threshold", false},
    {"Soft inpainting difference contrast", "soft_inpainting_difference_contrast", false},
    {"Resize mode", "resize_mode", false},
    {"Upscaler", "upscaler", false},
    {"Tile", "tile", false},
    {"Tile overlap", "tile_overlap", false},
    {"SD upscale overlap", "tile_overlap", false},
    {"SD upscale overlap", "tile_mode", false},
    {"SD upscale upscaler", "upscaler", false},
    {"Exact steps", "exact_steps", false},
    {"Color correction", "color_correction", false},
    {"Mask grow", "mask_grow", false},
};

/// Two fields of the infotext are one setting.
struct PairRow { std::string_view field, first, second, key; };
constexpr PairRow kPairs[] = {{"Size", "Size-1", "Size-2", "size"},
                              {"Seed resize from", "Seed resize from-1", "Seed resize from-2", "seed_resize"}};

/// Fields that change nothing by themselves.
constexpr std::string_view kFacts[] = {
    "Version", "Model hash", "Model",     "VAE hash", "VAE", "Init image hash", "Lora hashes", "TI hashes", "Hashes",
    "User",    "Batch size", "Batch pos"};

/// What A1111 fills in where it was written out: as good as left out.
struct Harmless { std::string_view field, value; };
constexpr Harmless kHarmless[] = {
    {"VAE Encoder", "Full"}, {"VAE Decoder", "Full"}, {"FP8 weight", "Disable"}};

std::string text_of(const InfotextValue& value) {
  return std::visit([](const auto& v) { return fmt::format("{}", v); }, value);
}

bool is_of_pair(std::string_view field) {
  return std::any_of(std::begin(kPairs), std::end(kPairs),
                     [&](const PairRow& r) { return field == r.first || field == r.second; });
}

const FieldRow* find_field(std::string_view field) {
  const auto* row =
      std::find_if(std::begin(kFields), std::end(kFields), [&](const FieldRow& r) { return r.field == field; });
  return row == std::end(kFields) ? nullptr : row;
}

bool is_passed_over(std::string_view field, std::string_view value) {
  return std::find(std::begin(kFacts), std::end(kFacts), field) != std::end(kFacts) ||
         std::any_of(std::begin(kHarmless), std::end(kHarmless),
                     [&](const Harmless& h) { return h.field == field && h.value == value; });
}

/// The fields of the text that nothing takes, in its order.
std::vector<std::string> unknown_fields(const InfotextParts& parts) {
  std::vector<std::string> names;
  for (const auto& [field, value] : parts.fields)
    if (find_field(field) == nullptr && !is_of_pair(field) && !is_passed_over(field, value))
      names.push_back(field + ": " + value);
  return names;
}

/// A1111's noise of a GPU, which it does not name, is that of `nv`; its script SD upscale is a mode here.
std::string value_of(const FieldRow& row, const InfotextValue& value) {
  if (row.key == "tile_mode") return "single";
  const std::string text = text_of(value);
  return row.key == "rng" && text == "GPU" ? "nv" : text;
}

/// Civitai's field is bare JSON, whose commas and colons would be read as fields of their own.
std::string without_hashes(const std::string& text) {
  const std::size_t begin = text.rfind(", Hashes: {");
  const std::size_t end = begin == std::string::npos ? begin : text.find('}', begin);
  return end == std::string::npos ? text : text.substr(0, begin) + text.substr(end + 1);
}

}  // namespace

std::string escape_prompt(const std::string& prompt) { return prompt.starts_with('@') ? "@" + prompt : prompt; }

std::string_view key_of_field(std::string_view field) {
  const FieldRow* row = find_field(field);
  return row == nullptr ? std::string_view() : row->key;
}

std::string model_of_infotext(const std::string& text) {
  for (const auto& [field, value] : split_infotext(text).fields)
    if (field == "Model") return value;
  return "";
}

std::vector<Setting> settings_of_infotext(const std::string& whole, const std::string& origin,
                                          std::vector<std::string>& left_over) {
  const std::string text = without_hashes(whole);
  const InfotextParts parts = split_infotext(text);
  const InfotextMap map = parse_generation_parameters(text);
  std::vector<Setting> settings;
  const auto add = [&](std::string_view key, const std::string& value, std::string_view field) {
    const bool is_prompt = find_option(key)->kind == TextKind::kPrompt;
    settings.push_back(
        {std::string(key), {is_prompt ? escape_prompt(value) : value}, fmt::format("{}: {}", origin, field), {}});
  };
  for (const FieldRow& row : kFields) {
    const auto found = map.find(row.field);
    if (found == map.end() ||
        (row.filled_in && parts.fields.empty() && row.key.find("prompt") == std::string_view::npos))
      continue;
    const std::string value = value_of(row, found->second);
    const bool names_path = row.key == "upscaler" && value.find('/') != std::string::npos;
    if (names_path) left_over.push_back(fmt::format("{}: {}", row.field, value));  // a text opens no file of its choice
    else add(row.key, value, row.field);
  }
  const bool tile_is_size = map.contains("SD upscale overlap") && !map.contains("Tile");
  for (const PairRow& row : kPairs) {
    if (!map.contains(row.first) || !map.contains(row.second)) continue;
    const std::string first = text_of(map.find(row.first)->second), second = text_of(map.find(row.second)->second);
    if (row.key != "size" || !tile_is_size) add(row.key, first + "x" + second, row.field);
    else if (first == second) add("tile", first, row.field);  // A1111's Size is that of the script's tiles
    else left_over.push_back(fmt::format("{}: {}x{}, of the tiles of an SD upscale", row.field, first, second));
  }
  for (std::string& name : unknown_fields(parts)) left_over.push_back(std::move(name));
  return settings;
}

}  // namespace redraw
