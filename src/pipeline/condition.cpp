// Stage 4: prompts to text-encoder vectors for each step.
#include <ATen/ATen.h>

#include <algorithm>

#include "pipeline/stages.h"
#include "prompt/compose.h"
#include "prompt/schedule.h"
#include "schedule/samplers.h"

namespace redraw {
namespace {

class Conditioner {
 public:
  explicit Conditioner(const TextEncoder& encode) : encode_(encode) {}

  /// The schedule counts all steps of the recipe, also where denoise leaves some of them out; twice where the
  /// sampler calls the net twice a step, because the calls are what is counted while it runs.
  ContextSchedule schedule_of(const std::string& prompt, const Recipe& recipe) {
    const int calls = recipe.steps * (find_sampler(recipe.sampler)->second_order ? 2 : 1);
    ContextSchedule& contexts = known_[{prompt, calls, recipe.clip_skip}];
    if (contexts.empty()) contexts = encoded(prompt_schedule(prompt, calls), recipe.clip_skip);
    return contexts;
  }

  std::vector<ConditionedPart> parts_of(const Recipe& recipe) {
    std::vector<ConditionedPart> parts;
    std::int64_t longest = 0;
    for (const PromptPart& part : split_at_and(recipe.prompt)) {
      parts.push_back({part.weight, schedule_of(part.text, recipe)});
      longest = std::max(longest, parts.back().contexts[0].context.size(1));
    }
    for (ConditionedPart& part : parts)
      for (ScheduledContext& entry : part.contexts) entry.context = continue_context(entry.context, longest);
    return parts;
  }

 private:
  /// All texts of a schedule in one call, each of them once.
  ContextSchedule encoded(const std::vector<ScheduledText>& schedule, int clip_skip) const {
    std::vector<RepeatedText> texts;
    std::vector<std::int64_t> rows;
    for (const ScheduledText& entry : schedule) {
      const auto is_same = [&](const RepeatedText& known) { return known.text == entry.text; };
      const auto found = std::find_if(texts.begin(), texts.end(), is_same);
      rows.push_back(found - texts.begin());
      if (found == texts.end()) texts.push_back({entry.text, 1});
      else ++found->times;
    }
    const at::Tensor all = encode_(texts, clip_skip);
    ContextSchedule contexts;
    for (std::size_t i = 0; i < schedule.size(); ++i)
      contexts.push_back({schedule[i].last_step, all.narrow(0, rows[i], 1)});
    return contexts;
  }

  const TextEncoder& encode_;
  std::map<std::tuple<std::string, int, int>, ContextSchedule> known_;
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
    conditioning.cond.push_back(conditioner.parts_of(task.job->recipe));
    conditioning.uncond.push_back(conditioner.schedule_of(task.job->recipe.negative_prompt, task.job->recipe));
  }
  return conditioning;
}

Conditioning condition(const Model& model, const Tokenizer& tokenizer, std::span<const EngineTask> tasks) {
  const auto encode = [&](const std::vector<RepeatedText>& texts, int clip_skip) {
    std::vector<PromptTokens> tokens;
    for (const RepeatedText& text : texts) tokens.push_back(tokenize_prompt(tokenizer, text.text, Emphasis::kOriginal));
    pad_to_longest(tokens);
    std::vector<PromptRow> rows;
    for (std::size_t i = 0; i < texts.size(); ++i) rows.push_back({std::move(tokens[i].chunks), texts[i].times});
    return model.embed(rows, clip_skip, Emphasis::kOriginal);
  };
  return condition(encode, tasks);
}

}  // namespace redraw
