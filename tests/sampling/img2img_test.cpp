// Tests of sampling/img2img and sampling/noise: seeds, masks, batches, steps.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include <algorithm>

#include "sampling/img2img.h"
#include "schedule/steps.h"
#include "support/close.h"

using namespace redraw;

namespace {

const std::vector<std::int64_t> kShape = {4, 6, 5};

/// Some net: what it says does not matter, only that it is the same for each row.
NetOutputs net(const at::Tensor& x, double t) { return {at::tanh(x) + t / 1000, at::tanh(x) * 0.5}; }

struct Run {
  const char* sampler;
  std::vector<std::int64_t> seeds;
  double denoise = 0.6;
  std::optional<at::Tensor> mask = std::nullopt;
};

at::Tensor latent_of(std::int64_t seed) { return at::randn(kShape, cpu_generator(1000 + seed), at::kFloat); }

at::Tensor latents_of(const Run& run) {
  std::vector<at::Tensor> rows;
  for (const auto seed : run.seeds) rows.push_back(latent_of(seed));
  return at::stack(rows);
}

at::Tensor sampled(const Run& run, std::vector<int>* steps = nullptr) {
  ImageNoise noise(run.seeds, kShape);
  Img2ImgInput input;
  input.sampler = find_sampler(run.sampler);
  input.scheduler = find_scheduler("automatic");
  input.denoise = run.denoise;
  input.init_latent = latents_of(run);
  input.latent_mask = run.mask;
  input.alphas_cumprod = scaled_linear_alphas();
  input.net = net;
  input.noise = &noise;
  if (steps != nullptr) input.on_step = [steps](int step, int of) { steps->insert(steps->end(), {step, of}); };
  return sample_img2img(input);
}

}  // namespace

CATCH_TEST_CASE("noise: a picture's numbers come from its own seed, whatever its place in the batch",
                "[sampling][property]") {
  ImageNoise both({1, 2}, kShape), one({1}, kShape), two({2}, kShape);
  for (int draw = 0; draw < 3; ++draw) {
    const at::Tensor batch = both.next();
    CATCH_CHECK(batch[0].equal(one.next()[0]));
    CATCH_CHECK(batch[1].equal(two.next()[0]));
    CATCH_CHECK_FALSE(batch[0].equal(batch[1]));
  }
}

CATCH_TEST_CASE("noise: unit normal, and another draw each time", "[sampling][property]") {
  ImageNoise noise({5}, {4, 64, 64});
  const at::Tensor first = noise.next(), second = noise.next();
  CATCH_CHECK(first.std().item<double>() == Approx(1).margin(0.03));
  CATCH_CHECK(std::abs(first.mean().item<double>()) < 0.03);
  CATCH_CHECK_FALSE(first.equal(second));
  CATCH_CHECK(ImageNoise({5}, {4, 64, 64}).next().equal(first));
}

CATCH_TEST_CASE("img2img: a batch gives what its pictures give alone", "[sampling][table][property]") {
  for (const SamplerRow& row : samplers()) {
    if (row.alone) continue;  // which is why it is never run in a batch
    CATCH_INFO(std::string(row.name));
    const std::string name(row.name);
    const at::Tensor batch = sampled({name.c_str(), {1, 2}});
    CATCH_CHECK(at::allclose(batch[0], sampled({name.c_str(), {1}})[0], 0, test::kF32Cpu));
    CATCH_CHECK(at::allclose(batch[1], sampled({name.c_str(), {2}})[0], 0, test::kF32Cpu));
    CATCH_CHECK(sampled({name.c_str(), {1, 2}}).equal(batch));
  }
}

CATCH_TEST_CASE("img2img: outside the mask the latent is the one that came in, bit for bit",
                "[sampling][table][property]") {
  at::Tensor mask = at::zeros({1, 1, 6, 5});
  mask.narrow(2, 2, 3).narrow(3, 1, 2).fill_(1);
  for (const SamplerRow& row : samplers()) {
    CATCH_INFO(std::string(row.name));
    const std::string name(row.name);
    const at::Tensor result = sampled({name.c_str(), {3}, 0.6, mask}), before = latent_of(3).unsqueeze(0);
    CATCH_CHECK((result * (1 - mask)).equal(before * (1 - mask)));
    CATCH_CHECK_FALSE(at::allclose(result, before));
  }
}

CATCH_TEST_CASE("img2img: every step is reported with the number of all", "[sampling][table]") {
  for (const SamplerRow& row : samplers()) {
    CATCH_INFO(std::string(row.name));
    const std::string name(row.name);
    std::vector<int> steps;
    sampled({name.c_str(), {1}, 0.25}, &steps);  // 20 steps: t_enc 5
    Recipe recipe;
    recipe.sampler = name;
    recipe.denoise = 0.25;
    const int run = count_steps(recipe, levels_of(row, scaled_linear_alphas(), false)).run;
    CATCH_CHECK(steps.size() >= 4);
    for (std::size_t i = 0; 2 * i < steps.size(); ++i) {
      CATCH_CHECK(steps[2 * i] == static_cast<int>(i) + 1);
      CATCH_CHECK(steps[2 * i + 1] == (row.alone ? std::max(run, steps[2 * i]) : run));
    }
    if (!row.alone) CATCH_CHECK(static_cast<int>(steps.size()) == 2 * run);
  }
}

CATCH_TEST_CASE("img2img: denoise 0 stays near the latent that came in", "[sampling][property]") {
  const at::Tensor near = sampled({"euler", {4}, 0.0}), before = latent_of(4).unsqueeze(0);
  CATCH_CHECK((near - before).abs().max().item<double>() < 0.5);
}

CATCH_TEST_CASE("guide: scale 1 is cond, 0 is uncond, 2 goes on beyond", "[sampling]") {
  const NetOutputs out{at::full({2}, 3.0), at::full({2}, 1.0)};
  CATCH_CHECK(guide(out, {1, {}}).equal(out.cond));
  CATCH_CHECK(guide(out, {0, {}}).equal(out.uncond));
  CATCH_CHECK(guide(out, {2, {}}).equal(at::full({2}, 5.0)));
}
