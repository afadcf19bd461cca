// Prompts as chunks of 77 tokens with weights.
#pragma once

#include <string_view>
#include <vector>

#include "prompt/embedding_words.h"
#include "prompt/tokenizer.h"
#include "redraw/recipe.h"

namespace redraw {

/// The vectors of an embedding take the places of tokens from `offset` on; the start token does not count.
struct EmbeddingFix {
  std::size_t offset, number;
  auto operator<=>(const EmbeddingFix&) const = default;
};

/// 77 each: start, 75 tokens filled with the end token, end.
struct TokenChunk {
  std::vector<int> tokens;
  std::vector<float> weights;
  std::vector<EmbeddingFix> fixes = {};
};

struct PromptTokens {
  std::vector<TokenChunk> chunks;  // at least one
  int token_count = 0;
};

/// comma_padding_backtrack  a full chunk hands what follows its last comma to the next one if that
///                          comma is at most so many tokens back
/// embeddings               words that become as many tokens 0 as they have vectors, never across two chunks; what
///                          a comma hands to the next chunk leaves its vectors behind, as in A1111
/// source A1111 1.10 sd_hijack_clip; golden: models/prompt_tokens
PromptTokens tokenize_prompt(const Tokenizer& tokenizer, std::string_view prompt, Emphasis emphasis,
                             Spelling spelling = Spelling::kClip, int comma_padding_backtrack = 20,
                             const EmbeddingWords& embeddings = {});

/// Empty chunks at the end of the shorter ones, so that all prompts have as many.
/// source A1111 1.10 sd_hijack_clip; golden: ui/emphasis batch
void pad_to_longest(std::vector<PromptTokens>& prompts);

}  // namespace redraw
