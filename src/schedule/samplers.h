// TABLE of samplers: names and traits; the algorithms stand in sampling/.
#pragma once

#include <span>
#include <string_view>

#include "schedule/schedulers.h"

namespace redraw {

inline int one_step_each(const std::vector<double>& sigmas) { return static_cast<int>(sigmas.size()) - 1; }

/// A1111's options of its samplers; which of them count, the row says.
struct SamplerRow {
  std::string_view name;                            // in YAML and flags
  std::string_view label;                           // A1111's "Sampler"
  int order = 1;  // of a whole run without fresh noise: multistep samplers start with lower ones
  bool stochastic = false;                          // adds fresh noise with its default eta
  bool by_timestep = false;                         // walks timesteps (DDIM's kin) instead of sigmas
  std::string_view default_scheduler = "automatic"; // what "automatic" stands for; itself: the model's even timesteps
  bool second_order = false;                        // calls the net twice a step; prompts count double steps
  bool discard_penultimate = false;                 // always leaves out the last sigma before 0
  bool churn = false;                               // s_churn, s_tmin, s_tmax count
  bool noise_scale = false;                         // s_noise counts
  bool eta = false;                                 // eta counts
  bool ensd = false;                                // A1111 writes its eta noise seed delta for it
  bool brownian = false;                            // its noise is drawn from a Brownian tree
  bool unipc = false;                               // the unipc_ settings count
  bool alone = false;                               // its steps hang on all pictures of a call: one picture a call
  int least_steps = 1;                              // it fails with fewer
  /// Steps that are reported for these sigmas (DPM adaptive: about so many).
  int (*steps_of)(const std::vector<double>& sigmas) = one_step_each;
  LevelMap levels = LevelMap::kPlain;               // kLcm: it knows only the steps of the distillation
  double cfg_divisor = 1;                           // its guidance scale counts so much less
  std::string_view infotext_eta = "Eta";            // A1111's key
  double default_eta = 1;
};

std::span<const SamplerRow> samplers();
/// By name or label, case ignored; nullptr if there is none.
const SamplerRow* find_sampler(std::string_view name_or_label);

/// The scheduler, with "automatic" replaced by the sampler's own if it has one.
const SchedulerRow& resolve_scheduler(const SamplerRow& sampler, const SchedulerRow& scheduler);

/// The noise levels that a sampler sees of a model. quantized: A1111's "enable quantization in K samplers".
NoiseLevels levels_of(const SamplerRow& sampler, const Floats& alphas_cumprod, bool quantized,
                      const FloatMath& math = plain_math());

}  // namespace redraw
