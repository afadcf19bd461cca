// LoRAs and embeddings: for which family they are, what is incomplete, which words trigger them.
#pragma once

#include <string>
#include <vector>

#include "formats/model_file.h"
#include "inspect/embedding.h"
#include "inspect/kinds.h"

namespace redraw {

/// Of a LoRA: "sd1", "sd2", "sdxl" by keys and widths, else by the trainer's metadata; empty: it does not show.
std::string adapter_family(const ModelFile& file, const KeySet& keys);

std::string embedding_family(const EmbeddingFacts& facts);

/// Keys whose partner is not there: lora_up without lora_down, and so on.
std::vector<std::string> missing_partners(const KeySet& keys);

/// The trigger phrase of the metadata, then the training's most frequent tags, at most ten in all.
std::vector<std::string> trigger_words(const std::map<std::string, std::string>& metadata);

}  // namespace redraw
