// Stage 5: joins model, guidance and sampler.
#include <ATen/ATen.h>

#include <algorithm>
#include <memory>

#include "pipeline/joint_tiles.h"
#include "pipeline/stages.h"
#include "pipeline/tile_plan.h"
#include "prompt/schedule.h"
#include "redraw/error.h"
#include "sampling/img2img.h"
#include "schedule/steps.h"

namespace redraw {
namespace {

TextVectors joined(const std::vector<TextVectors>& texts) {
  std::vector<at::Tensor> contexts, vectors;
  for (const TextVectors& text : texts) {
    contexts.push_back(text.context);
    if (text.vector.defined()) vectors.push_back(text.vector);
  }
  return {at::cat(contexts), vectors.empty() ? at::Tensor() : at::cat(vectors), new_known_text()};
}

/// Texts joined once as long as the same ones come, so that the net knows them again. Of one run, in which no weight
/// changes.
class JoinedTexts {
 public:
  const TextVectors& of(const std::vector<TextVectors>& texts) {
    const auto found =
        std::find_if(kept_.begin(), kept_.end(), [&](const Kept& kept) { return are_same(kept.texts, texts); });
    if (found != kept_.end()) return found->joined;
    if (kept_.size() == kMost) kept_.erase(kept_.begin());
    return kept_.emplace_back(texts, joined(texts)).joined;
  }

 private:
  static constexpr std::size_t kMost = 2;  // with and without the negative prompts
  struct Kept {
    std::vector<TextVectors> texts;  // held, so that no other tensor takes the place of one
    TextVectors joined;
    Kept(std::vector<TextVectors> t, TextVectors j) : texts(std::move(t)), joined(std::move(j)) {}
  };

  static bool are_same(const std::vector<TextVectors>& a, const std::vector<TextVectors>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const TextVectors& one, const TextVectors& other) {
      return one.context.is_same(other.context) && one.vector.is_same(other.vector);
    });
  }

  std::vector<Kept> kept_;
};

/// Rows of one context length go through the net in one call; A1111 runs prompts of unequal chunk
/// counts one after the other instead of padding them, so that their results do not change.
at::Tensor predict_rows(const Model& model, JoinedTexts& joiner, const at::Tensor& x, const at::Tensor& t,
                        const std::vector<TextVectors>& texts, const at::Tensor& image_condition) {
  std::map<std::int64_t, std::vector<std::int64_t>> rows_by_length;
  for (std::size_t i = 0; i < texts.size(); ++i)
    rows_by_length[texts[i].context.size(1)].push_back(static_cast<std::int64_t>(i));
  if (rows_by_length.size() == 1) return model.predict(x, t, joiner.of(texts), image_condition);
  at::Tensor result;
  for (const auto& [length, rows] : rows_by_length) {
    std::vector<TextVectors> some;
    for (const auto row : rows) some.push_back(texts[static_cast<std::size_t>(row)]);
    const at::Tensor index = at::tensor(rows, at::kLong).to(x.device());
    const auto rows_of = [&](const at::Tensor& all) { return all.defined() ? all.index_select(0, index) : all; };
    const at::Tensor part = model.predict(rows_of(x), rows_of(t), joiner.of(some), rows_of(image_condition));
    if (!result.defined()) result = at::empty(x.sizes(), part.options());
    result.index_copy_(0, index, part);
  }
  return result;
}

/// The model with the tiles that it is to see a picture in.
struct Seer {
  const Model& model;
  TilePlan tiles;
  int tiles_per_call = 1;
  std::shared_ptr<JoinedTexts> joiner = std::make_shared<JoinedTexts>();

  /// predict_rows over the whole latent, or over tiles of it; the texts of a tile's rows are those of the picture's.
  at::Tensor predict(const at::Tensor& x, const at::Tensor& t, const std::vector<TextVectors>& texts,
                     const at::Tensor& image_condition) const {
    if (!tiles.is(TileMode::kJoint)) return predict_rows(model, *joiner, x, t, texts, image_condition);
    const int stride = model.traits().latent_stride;
    const std::int64_t channels = x.size(1);
    const auto net = [&](const at::Tensor& parts) {
      const at::Tensor image =
          image_condition.defined() ? parts.narrow(1, channels, parts.size(1) - channels) : at::Tensor();
      const std::int64_t times = parts.size(0) / x.size(0);
      std::vector<TextVectors> all;
      for (std::int64_t i = 0; i < times; ++i) all.insert(all.end(), texts.begin(), texts.end());
      return predict_rows(model, *joiner, parts.narrow(1, 0, channels), t.repeat({times}), all, image);
    };
    const at::Tensor seen = image_condition.defined() ? at::cat({x, image_condition}, 1) : x;
    return joint_tiles(seen, tiles.tile / stride, tiles.overlap / stride, tiles_per_call, net);
  }
};

Seer seer_of(const Model& model, std::span<const EngineTask> tasks) {
  const Recipe& recipe = tasks[0].job->recipe;
  const TilePlan tiles = tile_plan(recipe, model.traits(), tasks[0].job->work_size);
  const int pictures = static_cast<int>(tasks.size());
  return {model, tiles, std::max(1, pictures_per_call(recipe, {tiles.tile, tiles.tile}) / pictures)};
}

/// Of all parts of all prompts, then of the negative prompts if they count.
std::vector<TextVectors> texts_at(const Conditioning& conditioning, int call, bool with_uncond) {
  std::vector<TextVectors> texts;
  for (const auto& parts : conditioning.cond)
    for (const ConditionedPart& part : parts) texts.push_back(entry_at(part.contexts, call).text);
  if (!with_uncond) return texts;
  for (const ContextSchedule& schedule : conditioning.uncond) texts.push_back(entry_at(schedule, call).text);
  return texts;
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
///
/// image_condition  [N, condition_channels, h, w]; undefined: the UNet takes none
/// calls            made so far, by any net of the run
Net guided_net(const Seer& seer, const Conditioning& conditioning, const PartWeights& weights,
               const at::Tensor& image_condition, bool with_uncond, const std::shared_ptr<int>& calls) {
  const auto rows_of = [weights, with_uncond](const at::Tensor& x) {  // [M + N, C, h, w] or [M, C, h, w]
    const at::Tensor of_parts = repeat_for_parts(x, weights);
    return with_uncond ? at::cat({of_parts, x}) : of_parts;
  };
  const at::Tensor images = image_condition.defined() ? rows_of(image_condition) : at::Tensor();
  return [seer, &conditioning, rows_of, images, with_uncond, calls](const at::Tensor& x_in, double t) {
    const at::Tensor rows = rows_of(x_in), times = at::full({rows.size(0)}, t, x_in.options());
    const at::Tensor output = seer.predict(rows, times, texts_at(conditioning, (*calls)++, with_uncond), images);
    if (!with_uncond) return NetOutputs{output, {}, {}};
    const std::int64_t parts = rows.size(0) - x_in.size(0);
    return NetOutputs{output.narrow(0, 0, parts), output.narrow(0, parts, x_in.size(0)), {}};
  };
}

/// instruct-pix2pix: beside cond and uncond a third row without prompt and picture.
Net pix2pix_net(const Seer& seer, const Conditioning& conditioning, const at::Tensor& image_condition) {
  const at::Tensor images = at::cat({image_condition, image_condition, at::zeros_like(image_condition)});
  return [seer, &conditioning, images, call = 0](const at::Tensor& x_in, double t) mutable {
    const at::Tensor rows = at::cat({x_in, x_in, x_in});  // [3N, C, h, w]
    std::vector<TextVectors> texts = texts_at(conditioning, call++, true);
    REDRAW_CHECK(static_cast<std::int64_t>(texts.size()) == 2 * x_in.size(0), "AND is refused before");
    const std::vector<TextVectors> uncond(texts.begin() + x_in.size(0), texts.end());
    texts.insert(texts.end(), uncond.begin(), uncond.end());
    const auto outputs = seer.predict(rows, at::full({rows.size(0)}, t, x_in.options()), texts, images).chunk(3);
    return NetOutputs{outputs[0], outputs[1], outputs[2]};
  };
}

/// At a scale of 1 the picture counts in both rows alike, and two are enough.
bool needs_third_row(const Model& model, const Recipe& recipe, const PartWeights& weights) {
  if (!model.traits().is_pix2pix() || recipe.image_cfg_scale == 1) return false;
  if (!weights.empty())
    throw Error(ErrorKind::kRequest, "a prompt joined by AND does not go with an instruct-pix2pix model", "prompt",
                "its guidance knows one prompt", "leave AND out, or set image_cfg_scale to 1");
  return true;
}

}  // namespace

at::Tensor denoise(const Model& model, std::span<const EngineTask> tasks, const Latents& latents,
                   const Conditioning& conditioning, ImageNoise& noise,
                   const std::function<void(int, int)>& on_step, SkippedUncond* skipped) {
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
  input.guidance.cfg_scale = recipe.cfg_scale;
  input.guidance.weights = weights_of(conditioning);
  input.guidance.rescale = recipe.cfg_rescale;
  input.skipped = skipped;
  input.init_latent = latents.init_latent;
  input.latent_mask = latents.latent_mask;
  if (recipe.soft_inpainting) input.soft = recipe.soft;
  input.alphas_cumprod = recipe.noise_schedule == NoiseSchedule::kZeroTerminalSnr && !model.traits().zero_terminal_snr
                             ? zero_terminal_snr(model.traits().alphas_cumprod) : model.traits().alphas_cumprod;
  input.prediction = model.traits().prediction;
  const Seer seer = seer_of(model, tasks);
  if (needs_third_row(model, recipe, input.guidance.weights)) {  // A1111 skips no negative prompt here
    input.guidance.image_cfg_scale = recipe.image_cfg_scale;
    input.net = pix2pix_net(seer, conditioning, latents.image_condition);
  } else {
    input.guidance.s_min_uncond = recipe.s_min_uncond;
    input.guidance.s_min_uncond_all = recipe.s_min_uncond_all;
    input.guidance.skip_early_cond = recipe.skip_early_cond;
    const auto calls = std::make_shared<int>(0);
    input.net = guided_net(seer, conditioning, input.guidance.weights, latents.image_condition, true, calls);
    input.cond_net = guided_net(seer, conditioning, input.guidance.weights, latents.image_condition, false, calls);
  }
  input.noise = &noise;
  input.on_step = on_step;
  return sample_img2img(input);
}

}  // namespace redraw
