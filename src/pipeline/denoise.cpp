// Stage 5: joins model, guidance and sampler.
#include <ATen/ATen.h>

#include "pipeline/joint_tiles.h"
#include "pipeline/stages.h"
#include "prompt/schedule.h"
#include "redraw/error.h"
#include "sampling/img2img.h"
#include "schedule/steps.h"

namespace redraw {
namespace {

/// Rows of one context length go through the net in one call; A1111 runs prompts of unequal chunk
/// counts one after the other instead of padding them, so that their results do not change.
at::Tensor predict_rows(const Model& model, const at::Tensor& x, const at::Tensor& t,
                        const std::vector<at::Tensor>& contexts) {
  std::map<std::int64_t, std::vector<std::int64_t>> rows_by_length;
  for (std::size_t i = 0; i < contexts.size(); ++i)
    rows_by_length[contexts[i].size(1)].push_back(static_cast<std::int64_t>(i));
  if (rows_by_length.size() == 1) return model.predict(x, t, at::cat(contexts));
  at::Tensor result;
  for (const auto& [length, rows] : rows_by_length) {
    std::vector<at::Tensor> some;
    for (const auto row : rows) some.push_back(contexts[static_cast<std::size_t>(row)]);
    const at::Tensor index = at::tensor(rows, at::kLong).to(x.device());
    const at::Tensor part =
        model.predict(x.index_select(0, index), t.index_select(0, index), at::cat(some));
    if (!result.defined()) result = at::empty(x.sizes(), part.options());
    result.index_copy_(0, index, part);
  }
  return result;
}

/// Of all parts of all prompts, then of the negative prompts.
std::vector<at::Tensor> contexts_at(const Conditioning& conditioning, int call) {
  std::vector<at::Tensor> contexts;
  for (const auto& parts : conditioning.cond)
    for (const ConditionedPart& part : parts) contexts.push_back(entry_at(part.contexts, call).context);
  for (const ContextSchedule& schedule : conditioning.uncond) contexts.push_back(entry_at(schedule, call).context);
  return contexts;
}

PartWeights weights_of(const Conditioning& conditioning) {
  PartWeights weights;
  for (const auto& parts : conditioning.cond) {
    weights.emplace_back();
    for (const ConditionedPart& part : parts) weights.back().push_back(part.weight);
  }
  const PartWeights plain(weights.size(), std::vector<double>{1});
  return weights == plain ? PartWeights() : weights;
}

/// cond and uncond of all pictures as one batch: a row for each part of a prompt, then one for each
/// negative prompt. A1111 counts the calls of img2img from 0, wherever in the schedule they begin.
Net guided_net(const Model& model, const Conditioning& conditioning, const PartWeights& weights, const Recipe& recipe) {
  const int stride = model.traits().latent_stride, tile = recipe.tile / stride, overlap = recipe.tile_overlap / stride;
  return [&model, &conditioning, weights, tile, overlap, call = 0](const at::Tensor& x_in, double t) mutable {
    const at::Tensor of_parts = repeat_for_parts(x_in, weights);  // [M, C, h, w]
    const at::Tensor rows = at::cat({of_parts, x_in});            // [M + N, C, h, w]
    const at::Tensor times = at::full({rows.size(0)}, t, x_in.options());
    const std::vector<at::Tensor> contexts = contexts_at(conditioning, call++);
    const auto predict = [&](const at::Tensor& part) { return predict_rows(model, part, times, contexts); };
    const at::Tensor output = tile > 0 ? joint_tiles(rows, tile, overlap, predict) : predict(rows);
    return NetOutputs{output.narrow(0, 0, of_parts.size(0)), output.narrow(0, of_parts.size(0), x_in.size(0))};
  };
}

}  // namespace

at::Tensor denoise(const Model& model, std::span<const EngineTask> tasks, const Latents& latents,
                   const Conditioning& conditioning, ImageNoise& noise,
                   const std::function<void(int, int)>& on_step) {
  const Recipe& recipe = tasks[0].job->recipe;
  Img2ImgInput input{};
  input.sampler = find_sampler(recipe.sampler);
  input.scheduler = find_scheduler(recipe.scheduler);
  REDRAW_CHECK(input.sampler != nullptr && input.scheduler != nullptr, "names are checked in the plan");
  input.steps = recipe.steps;
  input.denoise = recipe.denoise;
  input.exact_steps = recipe.exact_steps;
  input.schedule = schedule_settings(recipe);
  input.schedule.sdxl = model.traits().family.starts_with("sdxl");
  input.quantize = recipe.quantize;
  input.settings = sampler_settings(recipe);
  input.noise_multiplier = recipe.noise_multiplier;
  input.extra_noise = recipe.extra_noise;
  input.guidance = {recipe.cfg_scale, weights_of(conditioning)};
  input.init_latent = latents.init_latent;
  input.latent_mask = latents.latent_mask;
  if (recipe.soft_inpainting) input.soft = recipe.soft;
  input.alphas_cumprod = recipe.noise_schedule == NoiseSchedule::kZeroTerminalSnr
                             ? zero_terminal_snr(model.traits().alphas_cumprod) : model.traits().alphas_cumprod;
  input.prediction = model.traits().prediction;
  input.net = guided_net(model, conditioning, input.guidance.weights, recipe);
  input.noise = &noise;
  input.on_step = on_step;
  return sample_img2img(input);
}

}  // namespace redraw
