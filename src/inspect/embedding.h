// Textual inversion embeddings: which tensors of a file hold the vectors, and for which text encoders they are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "formats/model_file.h"

namespace redraw {

/// The lists go side by side, one entry for each text encoder: one in all (SD 1.x, SD 2.x), or clip_l and clip_g
/// (SDXL).
struct EmbeddingFacts {
  std::vector<std::string> keys;     // of the tensors, [V, D] or [D]
  std::vector<std::int64_t> widths;  // D: 768; 1024; 768 and 1280
  std::int64_t vectors = 0;          // V: how many tokens the word becomes
};

/// Reads A1111's form (string_to_param), emb_params, SDXL's clip_l and clip_g, and a single tensor under any key, as
/// diffusers writes it.
/// Errors: kModel naming the file, for several terms, one encoder without the other, vectors that are none, or a file
/// that is something else.
/// source A1111 1.10 create_embedding_from_data; golden: models/embeddings_list
EmbeddingFacts embedding_facts(const ModelFile& file, const std::filesystem::path& path);

/// text_widths  of the checkpoint's text encoders
/// returns      false: made for another kind of checkpoint
/// Errors: kModel for more than the 75 vectors of a chunk, and for a width that no text encoder has.
bool fits(const EmbeddingFacts& facts, std::span<const std::int64_t> text_widths, const std::filesystem::path& path);

/// "64 and 128".
std::string widths_text(std::span<const std::int64_t> widths);

}  // namespace redraw
