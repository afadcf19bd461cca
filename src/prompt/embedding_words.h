// Words of a prompt that stand for the vectors of an embedding: found by their tokens, the longest first.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "prompt/tokenizer.h"

namespace redraw {

struct EmbeddingWord {
  std::vector<int> tokens;
  std::size_t number = 0;  // of the embedding, as it was added
  int vectors = 1;         // tokens that it becomes
};

/// Because tokens are compared, upper and lower case are alike, and "sd1-styles" holds no "sd1-style".
/// source A1111 1.10 EmbeddingDatabase; golden: models/prompt_encode
class EmbeddingWords {
 public:
  /// A word without tokens is never found. Of two that are alike the first counts.
  void add(std::vector<int> tokens, std::size_t number, int vectors);
  void remove(std::size_t number);
  bool empty() const { return by_first_.empty(); }

  /// The longest word that begins at this place; nullptr: none does.
  const EmbeddingWord* at(std::span<const int> tokens, std::size_t place) const;

 private:
  std::map<int, std::vector<EmbeddingWord>> by_first_;  // by the first token; the longer first
};

}  // namespace redraw
