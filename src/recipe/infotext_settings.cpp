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
    {"Seed", "seed", false},
    {"Denoising strength", "denoise", false},
    {"Clip skip", "clip_skip", true},
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
    {"Exact steps", "exact_steps", false},
    {"Color correction", "color_correction", false},
    {"Mask grow", "mask_grow", false},
};

/// Fields that change nothing by themselves; Size is read apart.
constexpr std::string_view kFacts[] = {
    "Version", "Model hash", "Model",     "VAE hash", "VAE", "Init image hash", "Lora hashes", "TI hashes", "Hashes",
    "User",    "Size-1",     "Size-2",    "Batch size", "Batch pos"};

/// What A1111 fills in where it was written out: as good as left out.
struct Harmless { std::string_view field, value; };
constexpr Harmless kHarmless[] = {
    {"RNG", "CPU"},           {"Emphasis", "Original"},   {"Variation seed strength", "0"}, {"ENSD", "0"},
    {"VAE Encoder", "Full"},  {"VAE Decoder", "Full"},    {"FP8 weight", "Disable"},        {"Eta", "1.0"},
    {"Schedule rho", "0"},    {"Schedule max sigma", "0"}, {"Schedule min sigma", "0"},     {"Eta DDIM", "0.0"},
    {"Noise multiplier", "1.0"}};

std::string text_of(const InfotextValue& value) {
  return std::visit([](const auto& v) { return fmt::format("{}", v); }, value);
}

const FieldRow* find_field(std::string_view field) {
  const auto* row = std::find_if(std::begin(kFields), std::end(kFields), [&](const FieldRow& r) { return r.field == field; });
  return row == std::end(kFields) ? nullptr : row;
}

bool is_passed_over(std::string_view field, std::string_view value) {
  return std::find(std::begin(kFacts), std::end(kFacts), field) != std::end(kFacts) ||
         std::any_of(std::begin(kHarmless), std::end(kHarmless),
                     [&](const Harmless& h) { return h.field == field && h.value == value; });
}

/// The fields of the text that nothing takes, in its order; A1111's own noise where it was not the CPU's.
std::vector<std::string> unknown_fields(const InfotextParts& parts) {
  std::vector<std::string> names;
  bool has_rng = false;
  for (const auto& [field, value] : parts.fields) {
    has_rng = has_rng || field == "RNG";
    if (find_field(field) == nullptr && !is_passed_over(field, value)) names.push_back(field + ": " + value);
  }
  if (!parts.fields.empty() && !has_rng) names.emplace_back("RNG: GPU");
  return names;
}

}  // namespace

std::string escape_prompt(const std::string& prompt) { return prompt.starts_with('@') ? "@" + prompt : prompt; }

std::string model_of_infotext(const std::string& text) {
  for (const auto& [field, value] : split_infotext(text).fields)
    if (field == "Model") return value;
  return "";
}

std::vector<Setting> settings_of_infotext(const std::string& text, const std::string& origin,
                                          std::vector<std::string>& left_over) {
  const InfotextParts parts = split_infotext(text);
  const InfotextMap map = parse_generation_parameters(text);
  std::vector<Setting> settings;
  const auto add = [&](std::string_view key, const std::string& value, std::string_view field) {
    const bool is_prompt = find_option(key)->kind == TextKind::kPrompt;
    settings.push_back({std::string(key), {is_prompt ? escape_prompt(value) : value}, fmt::format("{}: {}", origin, field), {}});
  };
  for (const FieldRow& row : kFields) {
    const auto found = map.find(row.field);
    if (found == map.end() || (row.filled_in && parts.fields.empty() && row.key.find("prompt") == std::string_view::npos)) continue;
    const std::string value = text_of(found->second);
    const bool names_path = row.key == "upscaler" && value.find('/') != std::string::npos;
    if (names_path) left_over.push_back(fmt::format("{}: {}", row.field, value));  // a text opens no file of its choice
    else add(row.key, value, row.field);
  }
  if (map.contains("Size-1") && map.contains("Size-2"))
    add("size", text_of(map.at("Size-1")) + "x" + text_of(map.at("Size-2")), "Size");
  for (std::string& name : unknown_fields(parts)) left_over.push_back(std::move(name));
  return settings;
}

}  // namespace redraw
