// Texts as tokens for a model's encoders, and chunks of them as tensors.
#pragma once

#include <string>
#include <vector>

#include "models/clip.h"
#include "models/model.h"

namespace redraw {

/// Each text cut into chunks for each of the model's encoders, all with as many chunks as the longest.
std::vector<PromptRow> tokenize_rows(const ModelTraits& traits, const Tokenizer& tokenizer,
                                     const std::vector<std::string>& texts, Emphasis emphasis, int comma_backtrack = 20,
                                     const EmbeddingWords& embeddings = {});

/// Chunk number `index` of all prompts for one encoder.
struct ChunkBatch {
  at::Tensor ids;      // [N, 77] int64
  at::Tensor weights;  // [N, 77, 1] f32
  at::Tensor times;    // [N, 1, 1] f32, how often each prompt counts
  std::vector<PlacedVectors> placed = {};  // of embeddings
};
ChunkBatch chunk_batch(std::span<const PromptRow> prompts, std::size_t encoder, std::size_t index, at::Device device,
                       std::span<const Embedding> embeddings = {});

/// 0 after the first end token of each row: what OpenCLIP was trained with.
at::Tensor zero_after_end(const at::Tensor& ids);

/// The vectors [N, 77, D] times their weights. Original: scaled so that their mean stays.
/// source A1111 1.10 sd_emphasis; golden: ui/emphasis
at::Tensor weigh(const at::Tensor& z, const ChunkBatch& chunk, Emphasis emphasis);

}  // namespace redraw
