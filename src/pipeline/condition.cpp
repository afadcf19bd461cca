// Stage 4: prompts to text-encoder vectors.
#include <ATen/ATen.h>

#include "pipeline/stages.h"

namespace redraw {

Conditioning condition(const Model& model, const Tokenizer& tokenizer,
                       std::span<const EngineTask> tasks) {
  std::map<std::pair<std::string, int>, at::Tensor> known;
  const auto embed = [&](const std::string& text, int clip_skip) {
    at::Tensor& context = known[{text, clip_skip}];
    if (!context.defined()) {
      const PromptTokens tokens = tokenize_prompt(tokenizer, text, Emphasis::kOriginal);
      context = model.embed(tokens.chunks, clip_skip, Emphasis::kOriginal);  // [1, 77k, D]
    }
    return context;
  };
  Conditioning conditioning;
  for (const EngineTask& task : tasks) {
    const Recipe& recipe = task.job->recipe;
    conditioning.cond.push_back(embed(recipe.prompt, recipe.clip_skip));
    conditioning.uncond.push_back(embed(recipe.negative_prompt, recipe.clip_skip));
  }
  return conditioning;
}

}  // namespace redraw
