// Embeddings that the pictures of a call name: read once, hashed once, named in each result.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "pipeline/stages.h"
#include "redraw/engine.h"

namespace redraw {

class EmbeddingCache {
 public:
  EmbeddingCache(const Model& model, const Tokenizer& tokenizer) : model_(model), tokenizer_(tokenizer) {}

  /// Those of all tasks together. Errors: those of load_embedding.
  PromptEmbeddings of(std::span<const EngineTask> tasks);

  /// Says of the result which embeddings of `of` its prompts named, and once how many vectors each is.
  void tell(std::span<const UsedEmbedding> used, Generated& generated);

 private:
  struct Known {
    Embedding embedding;
    UsedNetwork facts;
  };
  const Known& known(const EmbeddingUse& use);

  const Model& model_;
  const Tokenizer& tokenizer_;
  std::map<EmbeddingUse, Known> known_;
  std::vector<EmbeddingUse> uses_;  // of the last call
};

}  // namespace redraw
