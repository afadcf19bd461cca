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

Failure compare_sigmas(const std::vector<double>& got, const Case& c, const Json& file) {
  const std::vector<float> floats(got.begin(), got.end());
  return compare(floats, {static_cast<std::int64_t>(got.size())}, c.array(file), c.tolerance);
}

Failure get_sigmas(const Case& c) {
  const SchedulerRow& scheduler = scheduler_of(c);
  if (c.inputs.value("sdxl", false) || !c.inputs.value("options", Json::object()).empty()) throw Skip{"options are not built yet"};
  const Json& results = c.expected.at("results");
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Json& call = c.inputs.at("calls")[i];
    if (call.size() > 1) throw Skip{"options are not built yet"};
    if (!results[i].contains("sigmas")) continue;
    const Failure f = compare_sigmas(scheduler.sigmas(call.at("steps"), levels()), c, results[i].at("sigmas"));
    if (!f.empty()) return fmt::format("steps {}: {}", call.at("steps").dump(), f);
  }
  return "";
}

Failure setup_steps(const Case& c) {
  Json got = Json::array();
  for (const Json& call : c.inputs.at("calls")) {
    const Steps steps = img2img_steps(call[0], call[1], call[2], *find_sampler("euler"));
    got.push_back(Json::array({steps.total, steps.t_enc}));
  }
  return compare(got, c.expected.at("results"));
}

Failure used_sigmas(const Case& c) {
  const SchedulerRow& scheduler = scheduler_of(c);
  const Steps steps = img2img_steps(c.inputs.at("steps"), c.inputs.at("denoising_strength"), c.inputs.at("exact_steps"), sampler_of(c));
  if (Failure f = compare(Json(steps.t_enc), c.expected.at("t_enc")); !f.empty()) return f;
  if (Failure f = compare_sigmas(scheduler.sigmas(steps.total, levels()), c, c.expected.at("sigmas")); !f.empty()) return f;
  return compare_sigmas(img2img_sigmas(scheduler, steps, levels()), c, c.expected.at("sigmas_used"));
}

Failure timesteps(const Case& c) {
  const Json& calls = c.inputs.at("calls");
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const int steps = calls[i][0].get<int>() + (calls[i][1].get<bool>() ? 1 : 0);
    if (Failure f = compare(Json(ddim_timesteps(steps)), c.expected.at("results")[i]); !f.empty()) return f;
  }
  return "";
}

Failure alphas(const Case& c) {
  const Array expected = c.array(c.expected.at("alphas_cumprod")), sigmas = c.array(c.expected.at("sigmas"));
  if (Failure f = compare(scaled_linear_alphas(), expected.shape, expected, c.tolerance); !f.empty()) return f;
  return compare(levels().sigmas(), sigmas.shape, sigmas, c.tolerance);
}

Failure mapping(const Case& c) {
  if (c.inputs.at("kind") != "plain") throw Skip{"only the plain mapping is built"};
  for (std::size_t i = 0; i < c.inputs.at("sigma").size(); ++i) {
    const double got = levels().t_of_sigma(c.inputs.at("sigma")[i]);
    if (Failure f = compare(Json(got), c.expected.at("t_of_sigma")[i], c.tolerance.value("t_of_sigma", Json{{"abs", 2e-3}})); !f.empty()) return f;
  }
  return "";
}

}  // namespace

std::vector<Row> schedule_rows() {
  return {{"get_sigmas", get_sigmas}, {"setup_img2img_steps", setup_steps}, {"img2img_sigmas", used_sigmas},
          {"ddim_timesteps", timesteps}, {"alphas_cumprod", alphas}, {"sigma_mapping", mapping}};
}

}  // namespace redraw::golden
