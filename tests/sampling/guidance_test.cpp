// Tests of sampling/guidance: which calls leave uncond out, what then stands for it, rescaling.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include "sampling/guidance.h"
#include "sampling/noise.h"
#include "support/close.h"

using namespace redraw;

namespace {

at::Tensor some(std::int64_t rows, std::int64_t seed) {
  return at::randn({rows, 4, 3, 5}, cpu_generator(seed), at::kFloat);
}

double spread(const at::Tensor& x) { return x.std().item<double>(); }

struct Calls {
  int both = 0, cond = 0;
};

/// A net that counts how it is called.
DenoiserInput counting(Calls& calls) {
  DenoiserInput input;
  input.alphas_cumprod = scaled_linear_alphas();
  input.net = [&calls](const at::Tensor& x, double) { ++calls.both; return NetOutputs{at::tanh(x), x * 0.1}; };
  input.cond_net = [&calls](const at::Tensor& x, double) { ++calls.cond; return NetOutputs{at::tanh(x), {}}; };
  return input;
}

}  // namespace

CATCH_TEST_CASE("uncond_rule: without settings no call leaves uncond out", "[sampling]") {
  for (int call = 0; call < 5; ++call) CATCH_CHECK(uncond_rule({}, 0.01, call, 5) == UncondRule::kKept);
  Guidance all;
  all.s_min_uncond_all = true;  // changes nothing by itself
  CATCH_CHECK(uncond_rule(all, 0.01, 1, 5) == UncondRule::kKept);
}

CATCH_TEST_CASE("denoiser: the calls that leave uncond out ask the net for cond alone, and say so", "[sampling]") {
  const NoiseLevels levels(scaled_linear_alphas());
  Calls calls;
  SkippedUncond skipped;
  DenoiserInput input = counting(calls);
  input.skipped = &skipped;
  input.total_calls = 4;
  input.guidance.s_min_uncond = 1;
  const Denoiser denoiser = sigma_denoiser(input, levels);
  const at::Tensor x = some(2, 1);
  for (const double sigma : {3.0, 2.0, 0.9, 0.5}) denoiser(x, sigma);
  CATCH_CHECK(calls.both == 3);
  CATCH_CHECK(calls.cond == 1);  // the fourth: second ones below sigma 1
  CATCH_CHECK(skipped.at_low_sigma);
  CATCH_CHECK_FALSE(skipped.early);
}

CATCH_TEST_CASE("denoiser: without uncond the result is the condition's own, whatever the scale",
                "[sampling][property]") {
  const NoiseLevels levels(scaled_linear_alphas());
  Calls calls;
  DenoiserInput input = counting(calls);
  input.total_calls = 1;
  input.guidance.skip_early_cond = 1;
  const at::Tensor x = some(2, 1), scaled = x / std::sqrt(5.0);
  CATCH_CHECK(at::allclose(sigma_denoiser(input, levels)(x, 2), x - 2 * at::tanh(scaled), 0, test::kF32Cpu));
  CATCH_CHECK(at::allclose(timestep_model(input)(x, 100).guided, at::tanh(x), 0, test::kF32Cpu));
}

CATCH_TEST_CASE("rescaled: 0 changes nothing, 1 gives the spread of cond, picture by picture", "[sampling][property]") {
  const NetOutputs out{some(2, 1), some(2, 2) * 3};
  Guidance guidance{9};
  const at::Tensor guided = guide(out, guidance);
  CATCH_CHECK(rescaled(guided, out, guidance).equal(guided));
  guidance.rescale = 1;
  const at::Tensor result = rescaled(guided, out, guidance);
  for (std::int64_t i = 0; i < 2; ++i) CATCH_CHECK(spread(result[i]) == Approx(spread(out.cond[i])).epsilon(1e-4));
  guidance.rescale = 0.5;
  CATCH_CHECK(at::allclose(rescaled(guided, out, guidance), (guided + result) / 2, 1e-4, 1e-4));
}
