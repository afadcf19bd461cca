// Golden rows of the sampling room: the generator, and whole runs on the mixture denoiser.
#include <ATen/ATen.h>

#include "sampling/img2img.h"
#include "sampling/sampler_options.h"
#include "sampling/soft_blend.h"
#include "schedule/steps.h"
#include "support/stand_ins.h"

namespace redraw::golden {
namespace {

/// Where the original stops with an error, the plan refuses.
Failure refused(const Case& c, const Img2ImgInput& input) {
  Recipe recipe;
  recipe.sampler = input.sampler->name;
  recipe.scheduler = input.scheduler->name;
  recipe.steps = input.steps;
  recipe.denoise = input.denoise;
  recipe.exact_steps = input.exact_steps;
  recipe.unipc_order = input.settings.unipc_order;
  const StepCount count = count_steps(recipe, levels_of(*input.sampler, input.alphas_cumprod, false));
  return count.run < count.least ? "" : "the original stops here with " + c.expected.at("error").dump();
}

/// Options that this room knows; a case with another one is skipped, not half run.
void set_options(const Json& options, Img2ImgInput& input, NoiseRules& rules) {
  input.settings.eta = input.sampler->default_eta;
  for (const auto& [key, value] : options.items()) {
    if (key == "img2img_fix_steps") input.exact_steps = value;
    else if (key == "initial_noise_multiplier") input.noise_multiplier = value;
    else if (key == "img2img_extra_noise") input.extra_noise = value;
    else if (key == "eta_noise_seed_delta") rules.ensd = value;
    else if (!set_sampler_option(key, value, input)) throw Skip{"option " + key + " is not built yet"};
  }
}

Rng rng_of(const Json& name) { return name == "NV" ? Rng::kNv : Rng::kCpu; }

std::vector<std::int64_t> seeds_in(const Json& seeds) {
  if (seeds.is_null()) return {};
  return seeds.is_array() ? seeds.get<std::vector<std::int64_t>>()
                          : std::vector<std::int64_t>{seeds.get<std::int64_t>()};
}

Failure sample_row(const Case& c) {
  Img2ImgInput input;
  input.sampler = find_sampler(c.inputs.at("sampler").get<std::string>());
  input.scheduler = find_scheduler(c.inputs.at("scheduler").get<std::string>());
  if (input.sampler == nullptr || input.scheduler == nullptr) throw Skip{"sampler or scheduler is not built yet"};
  NoiseRules rules{rng_of(c.inputs.at("rng")), c.inputs.at("subseed_strength"), {}, 0};
  rules.resize_from = {c.inputs.at("seed_resize_from")[1], c.inputs.at("seed_resize_from")[0]};
  set_options(c.inputs.at("options"), input, rules);
  const Mixture mixture(rows_of(c.inputs.at("denoiser").at("means")), c.inputs.at("denoiser").at("std"));
  const NoiseLevels levels(scaled_linear_alphas());
  const at::Tensor cond = rows_of(c.inputs.at("cond")), uncond = rows_of(c.inputs.at("uncond"));  // [N, 4]
  input.steps = c.inputs.at("steps");
  input.denoise = c.inputs.at("denoising_strength");
  input.guidance.cfg_scale = c.inputs.at("cfg_scale");
  input.prediction = c.inputs.at("parameterization");
  input.alphas_cumprod = scaled_linear_alphas();
  if (c.expected.contains("error")) return refused(c, input);
  input.init_latent = to_tensor(c.array(c.inputs.at("init_latent")));
  if (input.init_latent.dim() == 3) input.init_latent = input.init_latent.unsqueeze(0);
  if (const Json mask = c.inputs.value("nmask", Json()); !mask.is_null()) {
    at::Tensor m = to_tensor(c.array(mask));
    while (m.dim() < 4) m = m.unsqueeze(0);
    input.latent_mask = m;
  }
  input.net = [&](const at::Tensor& x, double t) {
    const double sigma = levels.sigma_of_t(t);
    const bool v = input.prediction == "v";
    return NetOutputs{mixture.eps_or_v(x, sigma, cond, v), mixture.eps_or_v(x, sigma, uncond, v)};
  };
  const auto seeds = seeds_in(c.inputs.at("seeds"));
  std::vector<std::int64_t> variations = seeds_in(c.inputs.at("subseed"));
  while (!variations.empty() && variations.size() < seeds.size()) variations.push_back(variations.back() + 1);
  ImageNoise noise(seeds, input.init_latent.sizes().slice(1).vec(), rules, variations);
  input.noise = &noise;
  at::Tensor start;
  input.on_noised = [&](const at::Tensor& x) { start = x; };
  const at::Tensor result = sample_img2img(input);
  if (Failure f =
          compare(start, c.array(c.expected.at("noised_latent")), c.tolerance.value("noised_latent", c.tolerance));
      !f.empty())
    return "noised_latent: " + f;
  return compare(result, c.array(c.expected.at("result")), c.tolerance.value("result", c.tolerance));
}

Failure combine_denoised_row(const Case& c) {
  Guidance guidance{c.inputs.at("cond_scale"), {}};
  std::int64_t parts = 0;
  for (const Json& picture : c.inputs.at("conds")) {
    guidance.weights.emplace_back();
    for (const Json& part : picture) {
      if (part[0] != parts++) throw Skip{"parts stand in the order of their pictures here"};
      guidance.weights.back().push_back(part[1]);
    }
  }
  const at::Tensor outputs = to_tensor(c.array(c.inputs.at("outputs")));
  return compare(guide({outputs.narrow(0, 0, parts), outputs.narrow(0, parts, outputs.size(0) - parts)}, guidance),
                 c.array(c.expected.at("denoised")), c.tolerance);
}

/// Three equal parts: with text and picture, with the picture, with neither.
Failure combine_denoised_for_edit_model_row(const Case& c) {
  Guidance guidance;
  guidance.cfg_scale = c.inputs.at("cond_scale");
  guidance.image_cfg_scale = c.inputs.at("image_cfg_scale");
  const auto parts = to_tensor(c.array(c.inputs.at("outputs"))).chunk(3);
  return compare(guide({parts[0], parts[1], parts[2]}, guidance), c.array(c.expected.at("denoised")), c.tolerance);
}

Failure cfg_denoiser_row(const Case& c) {
  const SamplerRow* sampler = find_sampler(c.inputs.at("sampler").get<std::string>());
  if (sampler == nullptr) throw Skip{"sampler is not built yet"};
  const Json& options = c.inputs.at("options");
  DenoiserInput input;
  SkippedUncond skipped;
  input.first_call = c.inputs.at("step");
  input.total_calls = c.inputs.at("total_steps");
  input.skipped = &skipped;
  input.guidance.s_min_uncond = c.inputs.at("s_min_uncond");
  input.guidance.s_min_uncond_all = options.value("s_min_uncond_all", false);
  input.guidance.skip_early_cond = options.value("skip_early_cond", 0.0);
  input.guidance.cfg_scale = c.inputs.at("cfg_scale").get<double>() / sampler->cfg_divisor;
  Json shifts = Json::array();
  for (const Json& picture : c.inputs.at("conds")) {
    input.guidance.weights.emplace_back();
    for (const Json& part : picture) {
      input.guidance.weights.back().push_back(part.at("weight"));
      shifts.push_back(part.at("vector"));
    }
  }
  input.prediction = c.inputs.at("parameterization");
  input.alphas_cumprod = scaled_linear_alphas();
  if (c.inputs.contains("nmask")) {
    input.init_latent = to_tensor(c.array(c.inputs.at("init_latent")));
    input.latent_mask = to_tensor(c.array(c.inputs.at("nmask")));
  }
  const Mixture mixture(rows_of(c.inputs.at("denoiser").at("means")), c.inputs.at("denoiser").at("std"));
  const NoiseLevels levels(input.alphas_cumprod);
  input.net = [&](const at::Tensor& x, double t) {
    const bool v = input.prediction == "v";
    const auto say = [&](const at::Tensor& rows, const Json& shift) {
      return mixture.eps_or_v(rows, levels.sigma_of_t(t), rows_of(shift), v);
    };
    return NetOutputs{say(repeat_for_parts(x, input.guidance.weights), shifts), say(x, c.inputs.at("uncond"))};
  };
  input.cond_net = [&](const at::Tensor& x_in, double t) { return NetOutputs{input.net(x_in, t).cond, {}}; };
  const at::Tensor x = to_tensor(c.array(c.inputs.at("x")));
  const NoiseLevels seen = levels_of(*sampler, input.alphas_cumprod, false);
  const at::Tensor got = sampler->by_timestep ? timestep_model(input)(x, c.inputs.at("sigma")).guided
                                              : sigma_denoiser(input, seen)(x, c.inputs.at("sigma"));
  const Json& named = c.expected.at("infotext");
  if (skipped.at_low_sigma != named.contains("NGMS") || skipped.early != named.contains("Skip Early CFG"))
    return "uncond was left out or not";
  return compare(got, c.array(c.expected.at("denoised")), c.tolerance);
}

/// Seeds are texts: some need 64 bits.
std::int64_t seed_in(const std::string& text) {
  return text[0] == '-' ? std::stoll(text) : static_cast<std::int64_t>(std::stoull(text));
}

Failure randn_row(const Case& c) {
  NormalStream stream(rng_of(c.inputs.at("rng")), seed_in(c.inputs.at("seed").get<std::string>()));
  std::vector<at::Tensor> draws;
  for (const Json& shape : c.inputs.at("shapes"))
    draws.push_back(stream.next(shape.get<std::vector<std::int64_t>>()).flatten());
  return compare(at::cat(draws), c.array(c.expected.at("values")), c.tolerance);
}

Failure image_rng_row(const Case& c) {
  const Json& in = c.inputs;
  const Size from = {in.at("seed_resize_from_w"), in.at("seed_resize_from_h")};
  const NoiseRules rules{rng_of(in.at("rng")), in.at("subseed_strength"), from, in.at("eta_noise_seed_delta")};
  ImageNoise noise(seeds_in(in.at("seeds")), in.at("shape").get<std::vector<std::int64_t>>(), rules,
                   seeds_in(in.at("subseeds")));
  std::vector<at::Tensor> draws;
  for (int i = 0; i < in.at("draws").get<int>(); ++i) draws.push_back(noise.next());
  return compare(at::stack(draws), c.array(c.expected.at("noise")), c.tolerance);
}

Failure slerp_row(const Case& c) {
  const auto tensor = [&](const char* name) { return to_tensor(c.array(c.inputs.at(name))); };
  return compare(slerp(c.inputs.at("val"), tensor("low"), tensor("high")), c.array(c.expected.at("result")),
                 c.tolerance);
}

SoftInpainting soft_of(const Json& s) {
  return {s.at("schedule_bias"),  s.at("preservation_strength"), s.at("transition_contrast_boost"),
          s.at("mask_influence"), s.at("difference_threshold"),  s.at("difference_contrast")};
}

Failure modified_nmask_row(const Case& c) {
  const at::Tensor nmask = to_tensor(c.array(c.inputs.at("nmask")));
  std::vector<at::Tensor> got;
  for (const Json& sigma : c.inputs.at("sigmas"))
    got.push_back(modified_nmask(soft_of(c.inputs.at("settings")), nmask, sigma));
  const Array expected = c.array(c.expected.at("nmask"));
  return compare(at::stack(got).view(expected.shape), expected, c.tolerance);
}

Failure latent_blend_row(const Case& c) {
  const auto tensor = [&](const char* name) { return to_tensor(c.array(c.inputs.at(name))); };
  at::Tensor t = tensor("t");
  while (t.dim() < 4) t = t.unsqueeze(0);
  return compare(
      latent_blend(soft_of(c.inputs.at("settings")), tensor("original"), tensor("current"), t.narrow(1, 0, 1)),
      c.array(c.expected.at("blended")), c.tolerance);
}

}  // namespace

std::vector<Row> brownian_rows();  // golden_brownian.cpp

std::vector<Row> sampling_rows() {
  std::vector<Row> rows = brownian_rows();
  const Row others[] = {
      {"sample_img2img", sample_row}, {"combine_denoised", combine_denoised_row},
      {"combine_denoised_for_edit_model", combine_denoised_for_edit_model_row},
      {"cfg_denoiser", cfg_denoiser_row}, {"randn", randn_row}, {"image_rng", image_rng_row},
      {"slerp", slerp_row}, {"get_modified_nmask", modified_nmask_row}, {"latent_blend", latent_blend_row}};
  rows.insert(rows.end(), std::begin(others), std::end(others));
  return rows;
}

}  // namespace redraw::golden
