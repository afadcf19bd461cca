// Stage 4: prompts to text-encoder vectors for each step.
#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <set>

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

  /// used  A1111 encodes the negative prompt first, and what comes later is named before it
  ContextSchedule negative_of(const Job& job, std::vector<UsedEmbedding>& used) {
    const Encoded& encoded = schedule_of(job.recipe.negative_prompt, job, true);
    for (const std::size_t number : encoded.embeddings) used.push_back({number, true});
    return encoded.contexts;
  }

  std::vector<ConditionedPart> parts_of(const Job& job, std::vector<UsedEmbedding>& used) {
    std::vector<ConditionedPart> parts;
    std::set<std::string> seen;
    std::int64_t longest = 0;
    for (const PromptPart& part : split_at_and(parse_extra_networks(job.recipe.prompt).prompt)) {
      const Encoded& encoded = schedule_of(part.text, job, false);
      for (std::size_t i = seen.insert(part.text).second ? encoded.embeddings.size() : 0; i-- > 0;)
        used.insert(used.begin(), {encoded.embeddings[i], false});
      parts.push_back({part.weight, encoded.contexts});
      longest = std::max(longest, parts.back().contexts[0].text.context.size(1));
    }
    for (ConditionedPart& part : parts)
      for (ScheduledContext& entry : part.contexts) entry.text.context = continue_context(entry.text.context, longest);
    return parts;
  }

 private:
  struct Encoded {
    ContextSchedule contexts;
    std::vector<std::size_t> embeddings;
  };

  /// The schedule counts all steps of the recipe, also where denoise leaves some of them out; twice where the
  /// sampler calls the net twice a step, because the calls are what is counted while it runs.
  const Encoded& schedule_of(const std::string& prompt, const Job& job, bool negative) {
    const Recipe& recipe = job.recipe;
    const int calls = recipe.steps * (find_sampler(recipe.sampler)->second_order ? 2 : 1);
    Encoded& known = known_[{prompt, calls, recipe.clip_skip, job.work_size.width, job.work_size.height, negative}];
    const ScheduleRules rules{std::nullopt, recipe.old_prompt_editing};
    if (known.contexts.empty()) known = encoded(prompt_schedule(prompt, calls, rules), options_of(job), negative);
    return known;
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
  Encoded encoded(const std::vector<ScheduledText>& schedule, TextOptions options, bool negative) const {
    std::vector<RepeatedText> texts;
    std::vector<std::int64_t> rows;
    for (const ScheduledText& entry : schedule) {
      const auto is_same = [&](const RepeatedText& known) { return known.text == entry.text; };
      const auto found = std::find_if(texts.begin(), texts.end(), is_same);
      rows.push_back(found - texts.begin());
      if (found == texts.end()) texts.push_back({entry.text, 1});
      else ++found->times;
    }
    options.blank =
        negative && std::all_of(texts.begin(), texts.end(), [](const RepeatedText& text) { return text.text.empty(); });
    EncodedTexts all = encode_(texts, options);
    const auto row_of = [](const at::Tensor& rows_of_texts, std::int64_t row) {
      return rows_of_texts.defined() ? rows_of_texts.narrow(0, row, 1) : rows_of_texts;
    };
    Encoded result{{}, std::move(all.embeddings)};
    for (std::size_t i = 0; i < schedule.size(); ++i)
      result.contexts.push_back(
          {schedule[i].last_step, {row_of(all.vectors.context, rows[i]), row_of(all.vectors.vector, rows[i])}});
    return result;
  }

  const TextEncoder& encode_;
  std::map<std::tuple<std::string, int, int, int, int, bool>, Encoded> known_;
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
    std::vector<UsedEmbedding>& used = conditioning.embeddings.emplace_back();
    conditioning.cond.push_back(conditioner.parts_of(*task.job, used));
    conditioning.uncond.push_back(conditioner.negative_of(*task.job, used));
  }
  return conditioning;
}

Conditioning condition(const Model& model, const Tokenizer& tokenizer, std::span<const EngineTask> tasks,
                       const PromptEmbeddings& embeddings) {
  const auto encode = [&](const std::vector<RepeatedText>& texts, TextOptions options) -> EncodedTexts {
    std::vector<std::string> plain;
    for (const RepeatedText& text : texts) plain.push_back(text.text);
    std::vector<PromptRow> rows =
        tokenize_rows(model.traits(), tokenizer, plain, options.emphasis, options.comma_backtrack, embeddings.words);
    for (std::size_t i = 0; i < texts.size(); ++i) rows[i].times = texts[i].times;
    options.embeddings = embeddings.all;
    return {model.embed(rows, options), used_embeddings(rows)};
  };
  return condition(encode, tasks);
}

}  // namespace redraw
