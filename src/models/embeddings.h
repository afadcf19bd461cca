// Embeddings as a model reads them: the vectors that words of prompts stand for.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/model.h"
#include "redraw/job.h"

namespace redraw {

/// In the order of their numbers, which the words carry.
struct PromptEmbeddings {
  std::vector<Embedding> all;
  EmbeddingWords words;
};

/// Errors: those of load_tensors and of inspect/embedding; kModel where it was made for another kind of checkpoint, or
/// holds numbers that are none.
Embedding load_embedding(const EmbeddingUse& use, const ModelTraits& traits);

/// Words are matched by the tokens of the model's first text encoder, as in A1111.
PromptEmbeddings prompt_embeddings(std::vector<Embedding> all, const ModelTraits& traits, const Tokenizer& tokenizer);

/// The embeddings of texts that were encoded together, as A1111 lists them in "TI hashes": those of the last text
/// encoder first, each once for an encoder, chunk by chunk.
std::vector<std::size_t> used_embeddings(std::span<const PromptRow> rows);

}  // namespace redraw
