// Texts as tokens for a model's encoders, and chunks of them as tensors.
#include "models/text_chunks.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace redraw {

std::vector<PromptRow> tokenize_rows(const ModelTraits& traits, const Tokenizer& tokenizer,
                                     const std::vector<std::string>& texts, Emphasis emphasis, int comma_backtrack,
                                     const EmbeddingWords& embeddings) {
  std::vector<PromptTokens> all;  // text by text for the first encoder, then for the next
  for (const Spelling spelling : traits.text_encoders)
    for (const std::string& text : texts)
      all.push_back(tokenize_prompt(tokenizer, text, emphasis, spelling, comma_backtrack, embeddings));
  pad_to_longest(all);
  std::vector<PromptRow> rows(texts.size());
  for (std::size_t i = 0; i < all.size(); ++i) rows[i % texts.size()].chunks.push_back(std::move(all[i].chunks));
  return rows;
}

ChunkBatch chunk_batch(std::span<const PromptRow> prompts, std::size_t encoder, std::size_t index, at::Device device,
                       std::span<const Embedding> embeddings) {
  std::vector<at::Tensor> ids, weights, times;
  std::vector<PlacedVectors> placed;
  for (const PromptRow& prompt : prompts) {
    const TokenChunk& chunk = prompt.chunks[encoder][index];
    for (const EmbeddingFix& fix : chunk.fixes)  // the start token stands before them
      placed.push_back({static_cast<std::int64_t>(ids.size()), static_cast<std::int64_t>(fix.offset) + 1,
                        embeddings[fix.number].vectors[encoder].to(device)});
    ids.push_back(at::tensor(chunk.tokens, at::kInt).to(at::kLong));
    weights.push_back(at::tensor(chunk.weights).unsqueeze(-1));
    times.push_back(at::full({1, 1}, prompt.times, at::kFloat));
  }
  return {at::stack(ids).to(device), at::stack(weights).to(device), at::stack(times).to(device), std::move(placed)};
}

at::Tensor zero_after_end(const at::Tensor& ids) {
  const at::Tensor ends = (ids == kEndToken).to(at::kLong).cumsum(1) - (ids == kEndToken).to(at::kLong);  // before each
  return ids.masked_fill(ends > 0, 0);
}

at::Tensor weigh(const at::Tensor& z, const ChunkBatch& chunk, Emphasis emphasis) {
  if (emphasis == Emphasis::kIgnore || emphasis == Emphasis::kNone) return z;
  const at::Tensor weighted = z * chunk.weights;
  if (emphasis == Emphasis::kNoNorm) return weighted;
  return weighted * ((z * chunk.times).mean() / (weighted * chunk.times).mean());
}

}  // namespace redraw
