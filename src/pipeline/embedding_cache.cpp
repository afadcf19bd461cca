// Embeddings that the pictures of a call name: read once, hashed once, named in each result.
#include "pipeline/embedding_cache.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash_cache.h"

namespace redraw {

PromptEmbeddings EmbeddingCache::of(std::span<const EngineTask> tasks) {
  uses_.clear();
  for (const EngineTask& task : tasks)
    for (const EmbeddingUse& use : task.job->embeddings)
      if (std::find(uses_.begin(), uses_.end(), use) == uses_.end()) uses_.push_back(use);
  std::vector<Embedding> all;
  for (const EmbeddingUse& use : uses_) all.push_back(known(use).embedding);
  return prompt_embeddings(std::move(all), model_.traits(), tokenizer_);
}

const EmbeddingCache::Known& EmbeddingCache::known(const EmbeddingUse& use) {
  if (const auto found = known_.find(use); found != known_.end()) return found->second;
  Known known{load_embedding(use, model_.traits()), {}};
  known.facts.kind = "embedding";
  known.facts.name = use.name;
  known.facts.path = use.path.string();
  known.facts.sha256 = file_hash(use.path);
  known.facts.short_hash = known.facts.sha256.substr(0, 12);
  known.facts.matched = known.facts.total = static_cast<std::size_t>(known.embedding.vectors[0].size(0));
  return known_.emplace(use, std::move(known)).first->second;
}

void EmbeddingCache::tell(std::span<const UsedEmbedding> used, Generated& generated) {
  for (const UsedEmbedding& one : used) {
    generated.networks.push_back(known(uses_[one.number]).facts);
    UsedNetwork& network = generated.networks.back();
    network.in_negative = one.in_negative;
    generated.notes.push_back(
        fmt::format("embedding \"{}\": {} vector{}", network.name, network.total, network.total == 1 ? "" : "s"));
  }
}

}  // namespace redraw
