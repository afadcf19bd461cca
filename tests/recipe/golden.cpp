// Golden rows of the recipe room: the infotext, the quoting of its values, and both read back.
#include <set>

#include "prompt/comments.h"
#include "recipe/infotext.h"
#include "recipe/infotext_parse.h"
#include "recipe/options.h"
#include "recipe/version.h"
#include "schedule/samplers.h"
#include "support/golden.h"

namespace redraw::golden {
namespace {

template <typename F>
Json each_value(const Json& values, F f) {
  Json results = Json::array();
  for (const Json& value : values) results.push_back(f(value.get<std::string>()));
  return results;
}

Failure quote_row(const Case& c) {
  const Json quoted = each_value(c.inputs.at("values"), quote_infotext);
  return compare(Json{{"quoted", quoted}, {"unquoted", each_value(quoted, unquote_infotext)}}, c.expected);
}
Failure unquote_row(const Case& c) {
  return compare(Json{{"unquoted", each_value(c.inputs.at("values"), unquote_infotext)}}, c.expected);
}

/// Throws Skip for what redraw has no setting for.
void skip_unknown(const Case& c) {
  static const std::set<std::string> kParameters = {
      "sampler_name", "scheduler", "cfg_scale", "denoising_strength", "prompt", "negative_prompt",
      "steps", "seed", "width", "height", "mask", "mask_blur", "mask_blur_x", "mask_blur_y",
      "inpainting_fill", "inpaint_full_res", "inpaint_full_res_padding", "inpainting_mask_invert",
      "subseed", "subseed_strength", "seed_resize_from_w", "seed_resize_from_h", "batch_size", "n_iter", "tiling"};
  static const std::set<std::string> kOptions = {
      "CLIP_stop_at_last_layers", "randn_source", "eta_noise_seed_delta", "initial_noise_multiplier",
      "eta_ancestral", "eta_ddim", "s_churn", "s_tmin", "s_tmax", "s_noise", "sigma_min", "sigma_max", "rho",
      "beta_dist_alpha", "beta_dist_beta", "always_discard_next_to_last_sigma", "sd_noise_schedule",
      "img2img_extra_noise", "add_model_name_to_info", "add_model_hash_to_info", "add_version_to_infotext",
      "emphasis", "inpainting_mask_weight", "s_min_uncond", "s_min_uncond_all", "skip_early_cond",
      "use_old_scheduling"};
  for (const auto& [key, value] : c.inputs.at("parameters").items())
    if (!kParameters.contains(key)) throw Skip{"no setting for " + key};
  for (const auto& [key, value] : c.inputs.at("options").items())
    if (!kOptions.contains(key)) throw Skip{"no setting for " + key};
  if (c.inputs.at("options").value("randn_source", "CPU") == "GPU") throw Skip{"the noise of a GPU is named NV"};
  if (!c.inputs.at("extra_generation_params").empty()) throw Skip{"there are no extensions that add fields"};
}

void read_mask_settings(const Json& p, Recipe& recipe) {
  if (!p.at("mask").is_null()) recipe.mask = "mask.png";
  recipe.mask_blur_x = p.value("mask_blur_x", p.at("mask_blur").get<int>());
  recipe.mask_blur_y = p.value("mask_blur_y", p.at("mask_blur").get<int>());
  constexpr MaskedContent kContents[] = {MaskedContent::kFill, MaskedContent::kOriginal,
                                         MaskedContent::kLatentNoise, MaskedContent::kLatentNothing};
  recipe.masked_content = kContents[p.at("inpainting_fill").get<std::size_t>()];
  const bool crop = p.at("inpaint_full_res") && p.at("mask") != "empty";  // as the runner has it
  recipe.inpaint_area = crop ? InpaintArea::kOnlyMasked : InpaintArea::kWholePicture;
  recipe.padding = p.at("inpaint_full_res_padding");
  recipe.mask_mode = p.at("inpainting_mask_invert") != 0 ? MaskMode::kNotMasked : MaskMode::kMasked;
}

void read_soft(const Json& s, Recipe& recipe) {
  recipe.soft_inpainting = true;
  recipe.soft = {s[0], s[1], s[2], s[3], s[4], s[5]};
}

void read_noise(const Json& p, const Json& options, Job& job) {
  Recipe& recipe = job.recipe;
  recipe.rng = options.value("randn_source", "CPU") == "NV" ? Rng::kNv : Rng::kCpu;
  recipe.variation_strength = p.value("subseed_strength", 0.0);
  job.variation_seed = p.value("subseed", 0);
  if (p.value("seed_resize_from_w", 0) > 0) recipe.seed_resize_width = p.at("seed_resize_from_w");
  if (p.value("seed_resize_from_h", 0) > 0) recipe.seed_resize_height = p.at("seed_resize_from_h");
  recipe.ensd = options.value("eta_noise_seed_delta", 0);
  recipe.noise_multiplier = options.value("initial_noise_multiplier", 1.0);
  recipe.extra_noise = options.value("img2img_extra_noise", 0.0);
}

/// An eta counts only for the samplers that read that option.
void read_sampling(const Json& options, Recipe& recipe) {
  const std::string_view key = find_sampler(recipe.sampler)->infotext_eta;
  const char* option = key == "Eta" ? "eta_ancestral" : "eta_ddim";
  if (options.contains(option)) recipe.eta = options.at(option).get<double>();
  const std::pair<const char*, double Recipe::*> kNumbers[] = {
      {"s_churn", &Recipe::s_churn}, {"s_tmin", &Recipe::s_tmin}, {"s_tmax", &Recipe::s_tmax},
      {"s_noise", &Recipe::s_noise}, {"sigma_min", &Recipe::sigma_min}, {"sigma_max", &Recipe::sigma_max},
      {"rho", &Recipe::rho}, {"beta_dist_alpha", &Recipe::beta_alpha}, {"beta_dist_beta", &Recipe::beta_beta}};
  for (const auto& [name, member] : kNumbers) recipe.*member = options.value(name, recipe.*member);
  recipe.discard_penultimate = options.value("always_discard_next_to_last_sigma", false);
  if (options.value("sd_noise_schedule", "Default") != "Default")
    recipe.noise_schedule = NoiseSchedule::kZeroTerminalSnr;
}

Json parameters_of(const Case& c) {
  Json p = c.inputs.at("defaults");
  p.update(c.inputs.at("parameters"));
  return p;
}

Job job_of(const Case& c) {
  const Json p = parameters_of(c);
  const SchedulerRow* scheduler = find_scheduler(p.at("scheduler").get<std::string>());
  const SamplerRow* sampler = find_sampler(p.at("sampler_name").get<std::string>());
  if (scheduler == nullptr || sampler == nullptr) throw Skip{"unknown sampler or scheduler"};
  Job job;
  Recipe& recipe = job.recipe;
  recipe.sampler = sampler->name;
  recipe.scheduler = resolve_scheduler(*sampler, *scheduler).name;
  recipe.prompt = strip_comments(p.at("prompt").get<std::string>());
  recipe.negative_prompt = p.at("negative_prompt");
  recipe.steps = p.at("steps");
  recipe.cfg_scale = p.at("cfg_scale");
  recipe.denoise = p.at("denoising_strength");
  const Json& options = c.inputs.at("options");
  recipe.clip_skip = options.value("CLIP_stop_at_last_layers", 1);
  recipe.tiling = p.value("tiling", false);
  recipe.s_min_uncond = options.value("s_min_uncond", 0.0);
  recipe.s_min_uncond_all = options.value("s_min_uncond_all", false);
  recipe.skip_early_cond = options.value("skip_early_cond", 0.0);
  recipe.old_prompt_editing = options.value("use_old_scheduling", false);
  const auto emphases = choices_of(*find_option("emphasis"));
  for (std::size_t i = 0; i < emphases.size(); ++i)
    if (emphases[i].label == options.value("emphasis", "Original")) recipe.emphasis = static_cast<Emphasis>(i);
  recipe.inpainting_mask_weight = options.value("inpainting_mask_weight", 1.0);
  job.seed = p.at("seed");
  job.work_size = job.target_size = {p.at("width"), p.at("height")};
  read_mask_settings(p, recipe);
  read_noise(p, c.inputs.at("options"), job);
  read_sampling(c.inputs.at("options"), recipe);
  if (const Json& soft = c.inputs.at("soft_inpainting"); !soft.empty()) read_soft(soft, recipe);
  return job;
}

ModelInfo model_of(const Case& c) {
  const Json& options = c.inputs.at("options");
  ModelInfo model;
  if (options.value("add_model_name_to_info", true)) model.model_name = c.inputs.at("model").at("name");
  if (options.value("add_model_hash_to_info", true)) model.model_sha256 = c.inputs.at("model").at("hash");
  model.is_inpainting = c.inputs.at("model").at("inpainting");
  if (c.inputs.at("vae").is_null()) return model;
  model.vae_name = c.inputs.at("vae")[0];
  model.vae_sha256 = c.inputs.at("vae")[1];
  return model;
}

std::vector<UsedNetwork> loras_of(const Case& c) {
  std::vector<UsedNetwork> loras;
  for (const auto& [name, hash] : c.inputs.at("lora_hashes").items()) {
    loras.emplace_back();
    loras.back().kind = "lora";
    loras.back().name = name;
    loras.back().short_hash = hash;
  }
  return loras;
}

Failure create_infotext_row(const Case& c) {
  skip_unknown(c);
  const Json p = parameters_of(c);
  const bool version = c.inputs.at("options").value("add_version_to_infotext", true);
  Json texts = Json::array();
  for (int i = 0; i < p.value("batch_size", 1) * p.value("n_iter", 1); ++i) {
    Job job = job_of(c);
    if (job.recipe.variation_strength == 0) job.seed += i;
    job.variation_seed += i;
    // The runs of these cases are long enough for each rule that is set to take effect.
    const SkippedUncond skipped{job.recipe.s_min_uncond != 0, job.recipe.skip_early_cond != 0};
    const InfotextFields fields =
        infotext_fields(job, model_of(c), version ? c.inputs.at("version") : "", loras_of(c), skipped);
    texts.push_back(write_infotext(job.recipe.prompt, job.recipe.negative_prompt, fields));
  }
  return compare(Json{{"infotexts", texts}}, c.expected);
}

/// The sampler and scheduler that run; where A1111 falls back to others, the names are refused here.
Failure sampler_and_scheduler_row(const Case& c) {
  const Json& calls = c.inputs.at("calls");
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (calls[i][0].is_null()) continue;  // no name at all is the default
    std::vector<Setting> settings = {{"sampler", {calls[i][0].get<std::string>()}, "", {}}};
    if (calls[i][1].is_string()) settings.push_back({"scheduler", {calls[i][1].get<std::string>()}, "", {}});
    Recipe recipe;
    const bool refused = !apply_settings(recipe, settings).empty();
    const bool known = find_sampler(recipe.sampler) != nullptr && find_scheduler(recipe.scheduler) != nullptr;
    if (!known) return "a name of no row was taken";
    const Json got = {find_sampler(recipe.sampler)->label, find_scheduler(recipe.scheduler)->label};
    const bool falls_back = calls[i][0] == "no such sampler" || calls[i][1] == "SGMUniform";
    if (refused != falls_back) return calls[i].dump() + (refused ? " is refused" : " is not refused");
    if (!refused && got != c.expected.at("results")[i].at("for_processing"))
      return calls[i].dump() + " gives " + got.dump();
  }
  return "";
}

/// Equal in type too: A1111's "32" and 32 are not the same.
Failure compare_maps(const Json& got, const Json& expected) {
  for (const auto& [key, value] : expected.items())
    if (!got.contains(key) || got.at(key).type_name() != std::string(value.type_name()) || got.at(key) != value)
      return key + ": got " + (got.contains(key) ? got.at(key).dump() : "nothing") + ", expected " + value.dump();
  for (const auto& [key, value] : got.items())
    if (!expected.contains(key)) return key + ": got " + value.dump() + ", expected nothing";
  return "";
}

Failure parse_generation_parameters_row(const Case& c) {
  const Json& texts = c.inputs.at("texts");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    Json got = Json::object();
    for (const auto& [key, value] : parse_generation_parameters(texts[i].get<std::string>()))
      std::visit([&](const auto& v) { got[key] = v; }, value);
    const Failure failure = compare_maps(got, c.expected.at("results")[i]);
    if (!failure.empty()) return texts[i].dump() + ": " + failure;
  }
  return "";
}

Failure parse_version_row(const Case& c) {
  Json results = Json::array();
  for (const Json& text : c.inputs.at("texts")) {
    const auto version = text.is_null() ? std::nullopt : parse_version(text.get<std::string>());
    Json result = {{"parsed", nullptr}, {"before_1_6_0", nullptr}, {"before_1_8_0", nullptr}};
    if (version)
      result = {{"parsed", version->text},
                {"before_1_6_0", *version < *parse_version("1.6.0")},
                {"before_1_8_0", *version < *parse_version("1.8.0")}};
    results.push_back(result);
  }
  return compare(Json{{"results", results}}, c.expected);
}

}  // namespace

std::vector<Row> recipe_rows() {
  return {{"get_sampler_and_scheduler", sampler_and_scheduler_row}, {"create_infotext", create_infotext_row},
          {"quote", quote_row},
          {"unquote", unquote_row},
          {"parse_generation_parameters", parse_generation_parameters_row},
          {"parse_version", parse_version_row}};
}

}  // namespace redraw::golden
