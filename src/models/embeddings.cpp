// Embeddings as a model reads them: the vectors that words of prompts stand for.
#include "models/embeddings.h"

#include <ATen/ATen.h>

#include <algorithm>

#include <fmt/format.h>

#include "inspect/embedding.h"
#include "nn/load_tensors.h"
#include "redraw/error.h"

namespace redraw {
namespace {

[[noreturn]] void fail(const EmbeddingUse& use, const std::string& why, const std::string& fix) {
  throw Error(ErrorKind::kModel, fmt::format("the embedding \"{}\" cannot be used", use.path.filename().string()),
              use.path.string(), why, fix);
}

void check_width(const EmbeddingUse& use, const EmbeddingFacts& facts, const ModelTraits& traits) {
  if (fits(facts, traits.text_widths, use.path)) return;
  fail(use,
       fmt::format("its vectors are {} wide, and the text of this checkpoint is {} wide", widths_text(facts.widths),
                   widths_text(traits.text_widths)),
       "take one that was made for this kind of checkpoint");
}

void append_once(std::size_t number, std::vector<std::size_t>& numbers) {
  if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) numbers.push_back(number);
}

std::vector<std::size_t> used_by(std::span<const PromptRow> rows, std::size_t encoder) {
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < rows[0].chunks[encoder].size(); ++i)
    for (const PromptRow& row : rows)
      for (const EmbeddingFix& fix : row.chunks[encoder][i].fixes) append_once(fix.number, numbers);
  return numbers;
}

}  // namespace

Embedding load_embedding(const EmbeddingUse& use, const ModelTraits& traits) {
  const ModelFile file = read_model_file(use.path);
  const EmbeddingFacts facts = embedding_facts(file, use.path);
  check_width(use, facts, traits);
  const StateDict tensors = load_tensors(file);
  Embedding embedding{use.name, {}};
  for (const std::string& key : facts.keys) {
    const at::Tensor vectors = tensors.at(key).to(at::kFloat, false, true).reshape({facts.vectors, -1});
    if (!at::isfinite(vectors).all().item<bool>())
      fail(use, "it holds numbers that are not finite", "get a whole copy of it");
    embedding.vectors.push_back(vectors);
  }
  return embedding;
}

PromptEmbeddings prompt_embeddings(std::vector<Embedding> all, const ModelTraits& traits, const Tokenizer& tokenizer) {
  PromptEmbeddings embeddings{std::move(all), {}};
  for (std::size_t i = 0; i < embeddings.all.size(); ++i) {
    const Embedding& one = embeddings.all[i];
    embeddings.words.add(tokenizer.encode(one.name, traits.text_encoders[0]), i,
                         static_cast<int>(one.vectors[0].size(0)));
  }
  return embeddings;
}

std::vector<std::size_t> used_embeddings(std::span<const PromptRow> rows) {
  std::vector<std::size_t> used;
  for (std::size_t encoder = 0; encoder < rows[0].chunks.size(); ++encoder) {
    const std::vector<std::size_t> numbers = used_by(rows, encoder);
    used.insert(used.begin(), numbers.begin(), numbers.end());
  }
  return used;
}

}  // namespace redraw
