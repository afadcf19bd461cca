// Prompts as chunks of 77 tokens with weights.
#include "prompt/chunks.h"

#include <algorithm>

#include "prompt/parse.h"

namespace redraw {
namespace {

constexpr std::size_t kChunk = 75;

class ChunkBuilder {
 public:
  explicit ChunkBuilder(int backtrack) : backtrack_(static_cast<std::size_t>(backtrack)) {}

  void add(int token, float weight) {
    make_room(token);
    append(1, token, weight);
  }

  void add(const EmbeddingWord& word, float weight) {
    make_room(word.tokens[0]);
    const auto vectors = static_cast<std::size_t>(word.vectors);
    if (tokens_.size() + vectors > kChunk) finish_chunk(false);
    fixes_.push_back({tokens_.size(), word.number});
    append(vectors, 0, weight);
  }

  void finish_chunk(bool last) {
    count_ += last ? tokens_.size() : kChunk;
    TokenChunk chunk;
    chunk.tokens.push_back(kStartToken);
    chunk.tokens.insert(chunk.tokens.end(), tokens_.begin(), tokens_.end());
    chunk.tokens.resize(kChunk + 2, kEndToken);
    chunk.weights.push_back(1);
    chunk.weights.insert(chunk.weights.end(), weights_.begin(), weights_.end());
    chunk.weights.resize(kChunk + 2, 1);
    chunk.fixes = std::move(fixes_);
    result_.chunks.push_back(std::move(chunk));
    tokens_.clear();
    weights_.clear();
    fixes_.clear();
    last_comma_ = kNone;
  }

  PromptTokens finish() {
    if (!tokens_.empty() || result_.chunks.empty()) finish_chunk(true);
    result_.token_count = static_cast<int>(count_);
    return std::move(result_);
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  void append(std::size_t count, int token, float weight) {
    tokens_.insert(tokens_.end(), count, token);
    weights_.insert(weights_.end(), count, weight);
  }

  void make_room(int token) {
    if (token == kCommaToken) last_comma_ = tokens_.size();
    else if (tokens_.size() == kChunk && last_comma_ != kNone && tokens_.size() - last_comma_ <= backtrack_)
      move_after_comma();
    if (tokens_.size() == kChunk) finish_chunk(false);
  }

  void move_after_comma() {
    const auto cut = static_cast<std::ptrdiff_t>(last_comma_ + 1);
    const std::vector<int> tokens(tokens_.begin() + cut, tokens_.end());
    const std::vector<float> weights(weights_.begin() + cut, weights_.end());
    tokens_.resize(last_comma_ + 1);
    weights_.resize(last_comma_ + 1);
    finish_chunk(false);
    tokens_ = tokens;
    weights_ = weights;
  }

  std::size_t backtrack_, last_comma_ = kNone, count_ = 0;
  std::vector<int> tokens_;
  std::vector<float> weights_;
  std::vector<EmbeddingFix> fixes_;
  PromptTokens result_;
};

void add_text(std::span<const int> tokens, float weight, const EmbeddingWords& embeddings, ChunkBuilder& builder) {
  for (std::size_t i = 0; i < tokens.size();) {
    const EmbeddingWord* word = embeddings.at(tokens, i);
    if (word == nullptr) builder.add(tokens[i], weight);
    else builder.add(*word, weight);
    i += word == nullptr ? 1 : word->tokens.size();
  }
}

}  // namespace

PromptTokens tokenize_prompt(const Tokenizer& tokenizer, std::string_view prompt, Emphasis emphasis,
                             Spelling spelling, int comma_padding_backtrack, const EmbeddingWords& embeddings) {
  std::vector<WeightedText> pieces = {{std::string(prompt)}};
  if (emphasis != Emphasis::kNone) pieces = parse_prompt_attention(prompt);
  ChunkBuilder builder(comma_padding_backtrack);
  for (const WeightedText& piece : pieces) {
    if (piece.is_break) { builder.finish_chunk(false); continue; }
    add_text(tokenizer.encode(piece.text, spelling), static_cast<float>(piece.weight), embeddings, builder);
  }
  return builder.finish();
}

void pad_to_longest(std::vector<PromptTokens>& prompts) {
  std::size_t most = 0;
  for (const PromptTokens& prompt : prompts) most = std::max(most, prompt.chunks.size());
  for (PromptTokens& prompt : prompts) prompt.chunks.resize(most, ChunkBuilder(0).finish().chunks[0]);
}

}  // namespace redraw
