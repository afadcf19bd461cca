// The infotext's fields of schedule and sampler: written only where they count and differ from A1111's default.
#include "recipe/infotext_sampling.h"

#include <fmt/format.h>

#include "recipe/options.h"
#include "schedule/samplers.h"

namespace redraw {
namespace {

/// The label of the value that a setting with choices has.
std::string label_of(std::string_view key, const Recipe& recipe) {
  const Option* option = find_option(key);
  const std::string name = text_of(*option, recipe).value_or("");
  for (const Choice& choice : choices_of(*option))
    if (choice.name == name) return std::string(choice.label);
  return name;
}

}  // namespace

std::string float_text(double value) {
  const std::string text = fmt::format("{}", value);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

InfotextFields schedule_fields(const Recipe& recipe) {
  const SamplerRow& sampler = *find_sampler(recipe.sampler);
  const SchedulerRow& scheduler = resolve_scheduler(sampler, *find_scheduler(recipe.scheduler));
  InfotextFields fields;
  const auto add = [&](const char* key, bool counts, double value) {
    if (counts) fields.emplace_back(key, float_text(value));
  };
  if (recipe.discard_penultimate && !sampler.discard_penultimate)
    fields.emplace_back("Discard penultimate sigma", "True");
  if (sampler.by_timestep || scheduler.name == "automatic") return fields;
  add("Schedule min sigma", recipe.sigma_min != 0, recipe.sigma_min);
  add("Schedule max sigma", recipe.sigma_max != 0, recipe.sigma_max);
  add("Schedule rho", scheduler.default_rho != 0 && recipe.rho != 0 && recipe.rho != scheduler.default_rho, recipe.rho);
  add("Beta schedule alpha", scheduler.name == "beta", recipe.beta_alpha);
  add("Beta schedule beta", scheduler.name == "beta", recipe.beta_beta);
  return fields;
}

InfotextFields sampler_fields(const Recipe& recipe) {
  const SamplerRow& sampler = *find_sampler(recipe.sampler);
  InfotextFields fields;
  const auto add = [&](std::string_view key, bool counts, std::string value) {
    if (counts) fields.emplace_back(key, std::move(value));
  };
  const double eta = recipe.eta.value_or(sampler.default_eta);
  add(sampler.infotext_eta, sampler.eta && eta != sampler.default_eta, float_text(eta));
  add("Sigma churn", sampler.churn && recipe.s_churn != 0, float_text(recipe.s_churn));
  add("Sigma tmin", sampler.churn && recipe.s_tmin != 0, float_text(recipe.s_tmin));
  add("Sigma tmax", sampler.churn && recipe.s_tmax != 0, float_text(recipe.s_tmax));
  add("Sigma noise", sampler.noise_scale && recipe.s_noise != 1, float_text(recipe.s_noise));
  add("UniPC variant", sampler.unipc && recipe.unipc_variant != UnipcVariant::kBh1, label_of("unipc_variant", recipe));
  add("UniPC skip type", sampler.unipc && recipe.unipc_skip_type != UnipcSkip::kTimeUniform,
      label_of("unipc_skip_type", recipe));
  add("UniPC order", sampler.unipc && recipe.unipc_order != 3, fmt::format("{}", recipe.unipc_order));
  add("UniPC lower order final", sampler.unipc && !recipe.unipc_lower_order_final, "False");
  return fields;
}

}  // namespace redraw
