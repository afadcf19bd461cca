// Golden rows of the schedule room: noise levels, schedulers, the steps rule.
#include <fmt/format.h>

#include "schedule/steps.h"
#include "support/golden.h"

namespace redraw::golden {
namespace {

const NoiseLevels& levels() {
  static const NoiseLevels it(scaled_linear_alphas());
  return it;
}

const SamplerRow& sampler_of(const Case& c) {
  const auto* row = find_sampler(c.inputs.at("sampler").get<std::string>());
  if (row == nullptr) throw Skip{"sampler " + c.inputs.at("sampler").dump() + " is not built yet"};
  return *row;
}

const SchedulerRow& scheduler_of(const Case& c) {
  const auto* row = find_scheduler(c.inputs.at("scheduler").get<std::string>());
  if (row == nullptr) throw Skip{"scheduler " + c.inputs.at("scheduler").dump() + " is not built yet"};
  return resolve_scheduler(sampler_of(c), *row);
}

/// A1111's options; sdxl is a model's family.
ScheduleSettings settings_of(const Case& c) {
  ScheduleSettings settings;
  settings.sdxl = c.inputs.value("sdxl", false);
  const Json options = c.inputs.value("options", Json::object());
  for (const auto& [key, value] : options.items()) {
    if (key == "sigma_min") settings.sigma_min = value;
    else if (key == "sigma_max") settings.sigma_max = value;
    else if (key == "rho") settings.rho = value;
    else if (key == "beta_dist_alpha") settings.beta_alpha = value;
    else if (key == "beta_dist_beta") settings.beta_beta = value;
    else if (key == "always_discard_next_to_last_sigma") settings.discard_penultimate = value;
    else if (key == "use_old_karras_scheduler_sigmas") settings.sigma_min = 0.1, settings.sigma_max = 10;
    else if (key != "enable_quantization") throw Skip{"no setting for " + key};
  }
  return settings;
}

Failure compare_sigmas(const std::vector<double>& got, const Case& c, const Json& file) {
  const std::vector<float> floats(got.begin(), got.end());
  return compare(floats, {static_cast<std::int64_t>(got.size())}, c.array(file), c.tolerance);
}

Failure get_sigmas(const Case& c) {
  const SchedulerRow& scheduler = scheduler_of(c);
  const bool quantized = c.inputs.value("options", Json::object()).value("enable_quantization", false);
  const NoiseLevels levels = levels_of(sampler_of(c), scaled_linear_alphas(), quantized);
  const Json& results = c.expected.at("results");
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Json& call = c.inputs.at("calls")[i];
    if (call.size() > 1) throw Skip{"this call is not built yet"};
    if (!results[i].contains("sigmas")) continue;
    const Failure f = compare_sigmas(sampler_sigmas(sampler_of(c), scheduler, call.at("steps"), levels, settings_of(c)),
                                     c, results[i].at("sigmas"));
    if (!f.empty()) return fmt::format("steps {}: {}", call.at("steps").dump(), f);
  }
  return "";
}

Failure setup_steps(const Case& c) {
  Json got = Json::array();
  for (const Json& call : c.inputs.at("calls")) {
    const Steps steps = img2img_steps(call[0], call[1], call[2]);
    got.push_back(Json::array({steps.total, steps.t_enc}));
  }
  return compare(got, c.expected.at("results"));
}

Failure used_sigmas(const Case& c) {
  const Steps steps =
      img2img_steps(c.inputs.at("steps"), c.inputs.at("denoising_strength"), c.inputs.at("exact_steps"));
  const NoiseLevels levels = levels_of(sampler_of(c), scaled_linear_alphas(), false);
  const auto all = sampler_sigmas(sampler_of(c), scheduler_of(c), steps.total, levels, settings_of(c));
  if (Failure f = compare(Json(steps.t_enc), c.expected.at("t_enc")); !f.empty()) return f;
  if (Failure f = compare(Json(steps.total), c.expected.at("schedule_steps")); !f.empty()) return f;
  if (Failure f = compare_sigmas(all, c, c.expected.at("sigmas")); !f.empty()) return f;
  return compare_sigmas(img2img_sigmas(all, steps), c, c.expected.at("sigmas_used"));
}

Failure timesteps(const Case& c) {
  const Json& calls = c.inputs.at("calls");
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (Failure f = compare(Json(ddim_timesteps(calls[i][0], calls[i][1])), c.expected.at("results")[i]); !f.empty())
      return f;
  }
  return "";
}

Failure alphas(const Case& c) {
  const Array expected = c.array(c.expected.at("alphas_cumprod")), sigmas = c.array(c.expected.at("sigmas"));
  if (Failure f = compare(scaled_linear_alphas(), expected.shape, expected, c.tolerance); !f.empty()) return f;
  return compare(levels().sigmas(), sigmas.shape, sigmas, c.tolerance);
}

Failure mapping(const Case& c) {
  const Json& kind = c.inputs.at("kind");
  const NoiseLevels mapped(scaled_linear_alphas(), kind == "lcm"         ? LevelMap::kLcm
                                                   : kind == "quantized" ? LevelMap::kQuantized
                                                                         : LevelMap::kPlain);
  Json t = Json::array(), sigma = Json::array();
  for (const Json& value : c.inputs.at("sigma")) t.push_back(mapped.t_of_sigma(value));
  for (const Json& value : c.inputs.at("t")) sigma.push_back(mapped.sigma_of_t(value));
  if (Failure f = compare(t, c.expected.at("t_of_sigma"), c.tolerance); !f.empty()) return "t: " + f;
  return compare(sigma, c.expected.at("sigma_of_t"), c.tolerance);
}

}  // namespace

std::vector<Row> schedule_rows() {
  return {{"get_sigmas", get_sigmas}, {"setup_img2img_steps", setup_steps}, {"img2img_sigmas", used_sigmas},
          {"ddim_timesteps", timesteps}, {"alphas_cumprod", alphas}, {"sigma_mapping", mapping}};
}

}  // namespace redraw::golden
