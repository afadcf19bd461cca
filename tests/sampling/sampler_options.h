// A1111's names of the settings of samplers and schedules, in golden cases.
#pragma once

#include "sampling/img2img.h"
#include "support/golden.h"

namespace redraw::golden {

/// An eta counts only for the samplers that read that option.
inline void set_eta(Img2ImgInput& input, const char* infotext_key, double value) {
  if (input.sampler->eta && input.sampler->infotext_eta == infotext_key) input.settings.eta = value;
}

inline UnipcVariant unipc_variant_of(const Json& name) {
  return name == "bh2" ? UnipcVariant::kBh2 : name == "vary_coeff" ? UnipcVariant::kVaryCoeff : UnipcVariant::kBh1;
}

inline UnipcSkip unipc_skip_of(const Json& name) {
  return name == "time_quadratic" ? UnipcSkip::kTimeQuadratic
         : name == "logSNR"       ? UnipcSkip::kLogSnr
                                  : UnipcSkip::kTimeUniform;
}

struct SamplerOption {
  const char* key;
  void (*set)(Img2ImgInput& input, const Json& value);
};

constexpr SamplerOption kSamplerOptions[] = {
    {"eta_ancestral", [](Img2ImgInput& in, const Json& v) { set_eta(in, "Eta", v); }},
    {"eta_ddim", [](Img2ImgInput& in, const Json& v) { set_eta(in, "Eta DDIM", v); }},
    {"s_churn", [](Img2ImgInput& in, const Json& v) { in.settings.s_churn = v; }},
    {"s_tmin", [](Img2ImgInput& in, const Json& v) { in.settings.s_tmin = v; }},
    {"s_tmax", [](Img2ImgInput& in, const Json& v) { in.settings.s_tmax = v; }},
    {"s_noise", [](Img2ImgInput& in, const Json& v) { in.settings.s_noise = v; }},
    {"uni_pc_variant", [](Img2ImgInput& in, const Json& v) { in.settings.unipc_variant = unipc_variant_of(v); }},
    {"uni_pc_skip_type", [](Img2ImgInput& in, const Json& v) { in.settings.unipc_skip_type = unipc_skip_of(v); }},
    {"uni_pc_order", [](Img2ImgInput& in, const Json& v) { in.settings.unipc_order = v; }},
    {"uni_pc_lower_order_final", [](Img2ImgInput& in, const Json& v) { in.settings.unipc_lower_order_final = v; }},
    {"sigma_min", [](Img2ImgInput& in, const Json& v) { in.schedule.sigma_min = v; }},
    {"sigma_max", [](Img2ImgInput& in, const Json& v) { in.schedule.sigma_max = v; }},
    {"rho", [](Img2ImgInput& in, const Json& v) { in.schedule.rho = v; }},
    {"beta_dist_alpha", [](Img2ImgInput& in, const Json& v) { in.schedule.beta_alpha = v; }},
    {"beta_dist_beta", [](Img2ImgInput& in, const Json& v) { in.schedule.beta_beta = v; }},
    {"always_discard_next_to_last_sigma", [](Img2ImgInput& in, const Json& v) { in.schedule.discard_penultimate = v; }},
    {"enable_quantization", [](Img2ImgInput& in, const Json& v) { in.quantize = v; }},
};

/// False where no setting has this name. input.sampler is set; its eta is the default of that sampler.
inline bool set_sampler_option(const std::string& key, const Json& value, Img2ImgInput& input) {
  for (const SamplerOption& option : kSamplerOptions)
    if (option.key == key) {
      option.set(input, value);
      return true;
    }
  return false;
}

}  // namespace redraw::golden
