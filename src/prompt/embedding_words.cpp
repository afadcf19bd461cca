// Words of a prompt that stand for the vectors of an embedding: found by their tokens, the longest first.
#include "prompt/embedding_words.h"

#include <algorithm>

namespace redraw {

void EmbeddingWords::add(std::vector<int> tokens, std::size_t number, int vectors) {
  if (tokens.empty()) return;
  std::vector<EmbeddingWord>& words = by_first_[tokens[0]];
  const auto place = std::find_if(words.begin(), words.end(),
                                  [&](const EmbeddingWord& word) { return word.tokens.size() < tokens.size(); });
  words.insert(place, EmbeddingWord{std::move(tokens), number, vectors});
}

void EmbeddingWords::remove(std::size_t number) {
  for (auto& [first, words] : by_first_)
    std::erase_if(words, [&](const EmbeddingWord& word) { return word.number == number; });
}

const EmbeddingWord* EmbeddingWords::at(std::span<const int> tokens, std::size_t place) const {
  const auto words = by_first_.find(tokens[place]);
  if (words == by_first_.end()) return nullptr;
  const auto rest = tokens.subspan(place);
  for (const EmbeddingWord& word : words->second)
    if (word.tokens.size() <= rest.size() && std::equal(word.tokens.begin(), word.tokens.end(), rest.begin()))
      return &word;
  return nullptr;
}

}  // namespace redraw
