// A1111's infotext: how a picture was made, in one text.
#include "recipe/infotext.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "prompt/schedule.h"
#include "recipe/infotext_sampling.h"
#include "recipe/options.h"
#include "schedule/samplers.h"

namespace redraw {
namespace {

/// A1111's name of the value that the setting has.
std::string label_of(std::string_view key, const Recipe& recipe) {
  const Option* option = find_option(key);
  const std::string name = text_of(*option, recipe).value_or("");
  for (const Choice& choice : choices_of(*option))
    if (choice.name == name) return std::string(choice.label);
  return name;
}

std::string schedule_label(const Recipe& recipe) {
  const SamplerRow* sampler = find_sampler(recipe.sampler);
  const SchedulerRow* scheduler = find_scheduler(recipe.scheduler);
  REDRAW_CHECK(sampler != nullptr && scheduler != nullptr, "names are checked with the recipe");
  return std::string(resolve_scheduler(*sampler, *scheduler).label);
}

void add_mask_fields(const Recipe& recipe, InfotextFields& fields) {
  if (recipe.mask_mode != MaskMode::kMasked) fields.emplace_back("Mask mode", label_of("mask_mode", recipe));
  if (recipe.mask_blur_x == recipe.mask_blur_y && recipe.mask_blur_x > 0)
    fields.emplace_back("Mask blur", fmt::format("{}", recipe.mask_blur_x));
  if (recipe.inpaint_area == InpaintArea::kOnlyMasked) {
    fields.emplace_back("Inpaint area", label_of("inpaint_area", recipe));
    fields.emplace_back("Masked area padding", fmt::format("{}", recipe.padding));
  }
  if (recipe.masked_content != MaskedContent::kOriginal)
    fields.emplace_back("Masked content", label_of("masked_content", recipe));
}

/// A1111 lists the script's fields before those of the mask.
void add_soft_fields(const SoftInpainting& soft, InfotextFields& fields) {
  const auto number = [](double value) { return fmt::format("{}", value); };
  fields.emplace_back("Soft inpainting enabled", "True");
  fields.emplace_back("Soft inpainting schedule bias", number(soft.schedule_bias));
  fields.emplace_back("Soft inpainting preservation strength", number(soft.preservation_strength));
  fields.emplace_back("Soft inpainting transition contrast boost", number(soft.transition_contrast_boost));
  fields.emplace_back("Soft inpainting mask influence", number(soft.mask_influence));
  fields.emplace_back("Soft inpainting difference threshold", number(soft.difference_threshold));
  fields.emplace_back("Soft inpainting difference contrast", number(soft.difference_contrast));
}

/// A1111's Size is what the model works at: of the crop where only that is redrawn.
Size infotext_size(const Job& job) {
  return job.only_masked() ? job.work_size : job.target_size;
}

/// Empty where the setting does nothing.
std::string unless(bool idle, std::string text) { return idle ? "" : std::move(text); }

std::string seed_resize_text(const Recipe& recipe) {
  if (!recipe.seed_resize_width || !recipe.seed_resize_height) return "";
  return fmt::format("{}x{}", *recipe.seed_resize_width, *recipe.seed_resize_height);
}

InfotextFields main_fields(const Job& job, const ModelInfo& model) {
  const Recipe& r = job.recipe;
  const Size size = infotext_size(job);
  const bool plain = r.variation_strength == 0;
  return {{"Steps", fmt::format("{}", r.steps)},
          {"Sampler", label_of("sampler", r)},
          {"Schedule type", schedule_label(r)},
          {"CFG scale", fmt::format("{}", r.cfg_scale)},
          {"Image CFG scale", unless(!model.is_pix2pix, float_text(r.image_cfg_scale))},
          {"Seed", fmt::format("{}", job.seed)},
          {"Size", fmt::format("{}x{}", size.width, size.height)},
          {"Model hash", model.model_sha256.substr(0, 10)},
          {"Model", model.model_name},
          {"VAE hash", model.vae_sha256.substr(0, 10)},
          {"VAE", model.vae_name},
          {"Variation seed", unless(plain, fmt::format("{}", job.variation_seed))},
          {"Variation seed strength", unless(plain, fmt::format("{}", r.variation_strength))},
          {"Seed resize from", seed_resize_text(r)},
          {"Denoising strength", fmt::format("{}", r.denoise)},
          {"Conditional mask weight", unless(!model.is_inpainting, float_text(r.inpainting_mask_weight))},
          {"Clip skip", unless(r.clip_skip <= 1, fmt::format("{}", r.clip_skip))},
          {"ENSD", unless(r.ensd == 0 || !find_sampler(r.sampler)->ensd, fmt::format("{}", r.ensd))},
          {"RNG", label_of("rng", r)},
          {"Tiling", unless(!r.tiling, "True")}};
}

/// "ink: 0123456789ab, ..." as A1111 lists them, each name once.
void add_lora_hashes(std::span<const UsedNetwork> networks, InfotextFields& fields) {
  std::map<std::string, std::string> hashes;
  std::string text;
  for (const UsedNetwork& network : networks) {
    if (network.kind != "lora" || !hashes.emplace(network.name, network.short_hash).second) continue;
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", network.name, network.short_hash);
  }
  fields.emplace_back("Lora hashes", text);
}

/// As A1111 lists them: once for each text encoder and prompt.
std::string embedding_hashes(std::span<const UsedNetwork> networks) {
  std::string text;
  for (const UsedNetwork& network : networks) {
    if (network.kind != "embedding") continue;
    std::string name = network.name;
    std::erase_if(name, [](char c) { return c == ':' || c == ','; });
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", name, network.short_hash);
  }
  return text;
}

/// Civitai's resources by name: the first 10 digits of each file's SHA-256. Empty where A1111's fields say it all.
std::string civitai_hashes(const ModelInfo& model, std::span<const UsedNetwork> networks) {
  if (networks.empty()) return "";
  nlohmann::ordered_json hashes;
  if (!model.vae_sha256.empty()) hashes["vae"] = model.vae_sha256.substr(0, 10);
  hashes["model"] = model.model_sha256.substr(0, 10);
  for (const UsedNetwork& network : networks)
    hashes[(network.kind == "embedding" ? "embed" : network.kind) + ":" + network.name] = network.sha256.substr(0, 10);
  std::string text = ", Hashes: {";
  for (const auto& [key, hash] : hashes.items())
    text +=
        fmt::format("{}{}: {}", text.ends_with('{') ? "" : ", ",
                    nlohmann::json(key).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), hash.dump());
  return text + "}";
}

std::string prompt_with_loras(const Job& job) {
  std::string prompt = job.recipe.prompt;
  for (const LoraUse& lora : job.loras)
    if (!lora.in_prompt) prompt += text_of(lora);
  return prompt;
}

bool has_single_tiles(const Recipe& recipe) { return recipe.tile != "off" && recipe.tile_mode == TileMode::kSingle; }

/// A1111's names of the upscalers without a file.
std::string upscaler_label(const Recipe& recipe) {
  constexpr std::pair<std::string_view, std::string_view> kLabels[] = {
      {"", "None"}, {"none", "None"}, {"lanczos", "Lanczos"}, {"nearest", "Nearest"}};
  for (const auto& [name, label] : kLabels)
    if (recipe.upscaler == name) return std::string(label);
  return std::filesystem::path(recipe.upscaler).stem().string();
}

/// Of A1111's script, which notes them before the picture is prepared.
void add_sd_upscale_fields(const Recipe& recipe, InfotextFields& fields) {
  fields.emplace_back("SD upscale overlap", fmt::format("{}", recipe.tile_overlap));
  fields.emplace_back("SD upscale upscaler", upscaler_label(recipe));
}

/// Facts for which A1111 has no key.
void add_own_fields(const Recipe& recipe, InfotextFields& fields) {
  if (recipe.resize_mode != ResizeMode::kJust) fields.emplace_back("Resize mode", label_of("resize_mode", recipe));
  const bool tiled = recipe.tile != "off", single = has_single_tiles(recipe);
  if (!single && !recipe.upscaler.empty() && recipe.upscaler != "none")
    fields.emplace_back("Upscaler", upscaler_label(recipe));
  if (tiled) fields.emplace_back("Tile", recipe.tile);
  if (tiled && !single) fields.emplace_back("Tile overlap", fmt::format("{}", recipe.tile_overlap));
  if (recipe.mask_grow != 0) fields.emplace_back("Mask grow", fmt::format("{}", recipe.mask_grow));
  if (recipe.color_correction) fields.emplace_back("Color correction", "True");
  if (recipe.exact_steps) fields.emplace_back("Exact steps", "True");
  if (recipe.cfg_rescale != 0) fields.emplace_back("CFG rescale", fmt::format("{}", recipe.cfg_rescale));
  if (recipe.comma_backtrack != Recipe{}.comma_backtrack)
    fields.emplace_back("Comma backtrack", fmt::format("{}", recipe.comma_backtrack));
  if (recipe.sdxl_clip_l_skip) fields.emplace_back("SDXL clip L skip", "True");
  if (recipe.sdxl_crop_top != 0) fields.emplace_back("SDXL crop top", fmt::format("{}", recipe.sdxl_crop_top));
  if (recipe.sdxl_crop_left != 0) fields.emplace_back("SDXL crop left", fmt::format("{}", recipe.sdxl_crop_left));
  if (recipe.quantize) fields.emplace_back("Quantize", "True");
}

bool has_weights(const std::string& prompt) { return prompt.find_first_of("([") != std::string::npos; }

/// A1111 notes both prompt by prompt, the negative one first, and of each prompt the embeddings first.
void add_text_fields(const Recipe& recipe, std::span<const UsedNetwork> networks, InfotextFields& fields) {
  const bool plain =
      recipe.emphasis == Emphasis::kOriginal || (!has_weights(recipe.prompt) && !has_weights(recipe.negative_prompt));
  const bool early =
      std::any_of(networks.begin(), networks.end(), [](const UsedNetwork& network) { return network.in_negative; });
  fields.emplace_back("TI hashes", embedding_hashes(networks));
  fields.emplace_back("Emphasis", unless(plain, label_of("emphasis", recipe)));
  if (!early && has_weights(recipe.negative_prompt)) std::iter_swap(fields.end() - 2, fields.end() - 1);
}

/// The old way of reading [a:b:when] is named where it makes a difference, the emphasis where it can make one.
void add_prompt_fields(const Recipe& recipe, std::span<const UsedNetwork> networks, InfotextFields& fields) {
  const int calls = recipe.steps * (find_sampler(recipe.sampler)->second_order ? 2 : 1);
  const auto differs = [&](const std::string& prompt) {
    const auto now = prompt_schedule(prompt, calls), old = prompt_schedule(prompt, calls, {std::nullopt, true});
    const auto same = [](const ScheduledText& a, const ScheduledText& b) {
      return a.last_step == b.last_step && a.text == b.text;
    };
    return !std::equal(now.begin(), now.end(), old.begin(), old.end(), same);
  };
  const bool old = recipe.old_prompt_editing && (differs(recipe.prompt) || differs(recipe.negative_prompt));
  fields.emplace_back("Old prompt editing timelines", unless(!old, "True"));
  add_text_fields(recipe, networks, fields);
}

/// Named by A1111 as it happens, while it samples.
void add_guidance_fields(const Recipe& recipe, const SkippedUncond& skipped, InfotextFields& fields) {
  fields.emplace_back("Skip Early CFG", unless(!skipped.early, float_text(recipe.skip_early_cond)));
  fields.emplace_back("NGMS", unless(!skipped.at_low_sigma, float_text(recipe.s_min_uncond)));
  fields.emplace_back("NGMS all steps", unless(!skipped.at_low_sigma || !recipe.s_min_uncond_all, "True"));
}

void append(InfotextFields& fields, const InfotextFields& more) {
  fields.insert(fields.end(), more.begin(), more.end());
}

/// What A1111 notes on its way from the noise to the sampler; networks are activated in between.
void add_sampling_fields(const Recipe& recipe, std::span<const UsedNetwork> networks, InfotextFields& fields) {
  const bool plain = recipe.noise_schedule == NoiseSchedule::kDefault;
  fields.emplace_back("Noise Schedule", unless(plain, label_of("noise_schedule", recipe)));
  fields.emplace_back("Noise multiplier", unless(recipe.noise_multiplier == 1, float_text(recipe.noise_multiplier)));
  add_lora_hashes(networks, fields);
  append(fields, schedule_fields(recipe));
  fields.emplace_back("Extra noise", unless(recipe.extra_noise == 0, float_text(recipe.extra_noise)));
  append(fields, sampler_fields(recipe));
}

}  // namespace

std::string quote_infotext(std::string_view text) {
  if (text.find_first_of(",\n:") == std::string_view::npos) return std::string(text);
  std::string quoted = nlohmann::json(std::string(text)).dump(-1, ' ', false,
                                                               nlohmann::json::error_handler_t::replace);
  // Python's json leaves DEL as it is.
  for (std::size_t at; (at = quoted.find("\\u007f")) != std::string::npos;) quoted.replace(at, 6, "\x7f");
  return quoted;
}

std::string unquote_infotext(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  const auto parsed = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
  return parsed.is_string() ? parsed.get<std::string>() : std::string(text);
}

std::string write_infotext(const std::string& prompt, const std::string& negative_prompt,
                           const InfotextFields& fields) {
  std::string line;
  for (const auto& [key, value] : fields) {
    if (value.empty()) continue;
    line += line.empty() ? "" : ", ";
    line += key == value ? key : key + ": " + quote_infotext(value);
  }
  const std::string negative = negative_prompt.empty() ? "" : "\nNegative prompt: " + negative_prompt;
  return trim(prompt + negative + "\n" + line);
}

InfotextFields infotext_fields(const Job& job, const ModelInfo& model, const std::string& version,
                               std::span<const UsedNetwork> networks, const SkippedUncond& skipped) {
  const Recipe& recipe = job.recipe;
  InfotextFields fields = main_fields(job, model);
  if (has_single_tiles(recipe)) add_sd_upscale_fields(recipe, fields);
  if (recipe.soft_inpainting) add_soft_fields(recipe.soft, fields);
  if (job.has_mask()) add_mask_fields(recipe, fields);
  add_prompt_fields(recipe, networks, fields);
  add_sampling_fields(recipe, networks, fields);
  add_guidance_fields(recipe, skipped, fields);
  add_own_fields(recipe, fields);
  fields.emplace_back("Version", version);
  return fields;
}

std::string infotext_of(const Job& job, const ModelInfo& model, std::span<const UsedNetwork> networks,
                        const SkippedUncond& skipped) {
  const InfotextFields fields = infotext_fields(job, model, "redraw " REDRAW_VERSION, networks, skipped);
  return write_infotext(prompt_with_loras(job), job.recipe.negative_prompt, fields) + civitai_hashes(model, networks);
}

std::string text_of(const LoraUse& lora) {
  std::string text = fmt::format("<lora:{}:{}", lora.name, lora.text_weight);
  if (lora.unet_weight != lora.text_weight || lora.dim) text += fmt::format(":{}", lora.unet_weight);
  if (lora.dim) text += fmt::format(":{}", *lora.dim);
  return text + ">";
}

}  // namespace redraw
