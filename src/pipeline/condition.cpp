// Stage 4: prompts to text-encoder vectors for each step.
#include <ATen/ATen.h>

#include <algorithm>

#include "models/text_chunks.h"
#include "pipeline/stages.h"
#include "prompt/compose.h"
#include "prompt/extra_networks.h"
#include "prompt/schedule.h"
#include "schedule/samplers.h"

namespace redraw {
namespace {

class Conditioner {
 public:
  explicit Conditioner(const TextEncoder& encode) : encode_(encode) {}

  ContextSchedule negative_of(const Job& job) { return schedule_of(job.recipe.negative_prompt, job, true); }

  std::vector<ConditionedPart> parts_of(const Job& job) {
    std::vector<ConditionedPart> parts;
    std::int64_t longest = 0;
    for (const PromptPart& part : split_at_and(parse_extra_networks(job.recipe.prompt).prompt)) {
      parts.push_back({part.weight, schedule_of(part.text, job, false)});
      longest = std::max(longest, parts.back().contexts[0].text.context.size(1));
    }
    for (ConditionedPart& part : parts)
      for (ScheduledContext& entry : part.contexts) entry.text.context = continue_context(entry.text.context, longest);
    return parts;
  }

 private:
  /// The schedule counts all steps of the recipe, also where denoise leaves some of them out; twice where the
  /// sampler calls the net twice a step, because the calls are what is counted while it runs.
  ContextSchedule schedule_of(const std::string& prompt, const Job& job, bool negative) {
    const Recipe& recipe = job.recipe;
    const int calls = recipe.steps * (find_sampler(recipe.sampler)->second_order ? 2 : 1);
    ContextSchedule& contexts = known_[{prompt, calls, recipe.clip_skip, job.work_size.width, job.work_size.height, negative}];
    const ScheduleRules rules{std::nullopt, recipe.old_prompt_editing};
    if (contexts.empty()) contexts = encoded(prompt_schedule(prompt, calls, rules), options_of(job), negative);
    return contexts;
  }

  static TextOptions options_of(const Job& job) {
    TextOptions options;
    options.clip_skip = job.recipe.clip_skip;
    options.emphasis = job.recipe.emphasis;
    options.comma_backtrack = job.recipe.comma_backtrack;
    options.size = job.work_size;
    options.crop_top = job.recipe.sdxl_crop_top;
    options.crop_left = job.recipe.sdxl_crop_left;
    options.clip_l_skip = job.recipe.sdxl_clip_l_skip;
    return options;
  }

  /// All texts of a schedule in one call, each of them once.
  ContextSchedule encoded(const std::vector<ScheduledText>& schedule, TextOptions options, bool negative) const {
    std::vector<RepeatedText> texts;
    std::vector<std::int64_t> rows;
    for (const ScheduledText& entry : schedule) {
      const auto is_same = [&](const RepeatedText& known) { return known.text == entry.text; };
      const auto found = std::find_if(texts.begin(), texts.end(), is_same);
      rows.push_back(found - texts.begin());
      if (found == texts.end()) texts.push_back({entry.text, 1});
      else ++found->times;
    }
    options.blank = negative && std::all_of(texts.begin(), texts.end(), [](const RepeatedText& text) { return text.text.empty(); });
    const TextVectors all = encode_(texts, options);
    const auto row_of = [](const at::Tensor& rows_of_texts, std::int64_t row) {
      return rows_of_texts.defined() ? rows_of_texts.narrow(0, row, 1) : rows_of_texts;
    };
    ContextSchedule contexts;
    for (std::size_t i = 0; i < schedule.size(); ++i)
      contexts.push_back({schedule[i].last_step, {row_of(all.context, rows[i]), row_of(all.vector, rows[i])}});
    return contexts;
  }

  const TextEncoder& encode_;
  std::map<std::tuple<std::string, int, int, int, int, bool>, ContextSchedule> known_;
};

}  // namespace

at::Tensor continue_context(const at::Tensor& context, std::int64_t length) {
  const std::int64_t missing = length - context.size(1);
  return missing == 0 ? context : at::cat({context, context.narrow(1, -1, 1).expand({-1, missing, -1})}, 1);
}

Conditioning condition(const TextEncoder& encode, std::span<const EngineTask> tasks) {
  Conditioner conditioner(encode);
  Conditioning conditioning;
  for (const EngineTask& task : tasks) {
    conditioning.cond.push_back(conditioner.parts_of(*task.job));
    conditioning.uncond.push_back(conditioner.negative_of(*task.job));
  }
  return conditioning;
}

Conditioning condition(const Model& model, const Tokenizer& tokenizer, std::span<const EngineTask> tasks) {
  const auto encode = [&](const std::vector<RepeatedText>& texts, const TextOptions& options) {
    std::vector<std::string> plain;
    for (const RepeatedText& text : texts) plain.push_back(text.text);
    std::vector<PromptRow> rows = tokenize_rows(model.traits(), tokenizer, plain, options.emphasis, options.comma_backtrack);
    for (std::size_t i = 0; i < texts.size(); ++i) rows[i].times = texts[i].times;
    return model.embed(rows, options);
  };
  return condition(encode, tasks);
}

}  // namespace redraw
