// Embeddings of a picture: which files the words of its prompts stand for.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "prompt/embedding_words.h"
#include "redraw/job.h"

namespace redraw {

/// Looks below embeddings_dir; where that is not given, below `embeddings` of each model folder. The word of a file is
/// its name without suffix. Only files whose words the prompts hold are opened.
class EmbeddingFinder {
 public:
  /// model  the checkpoint: files that fit its text encoders count
  EmbeddingFinder(const Recipe& recipe, std::filesystem::path model);

  /// Those of the negative prompt, then those of the prompt, each once; prompts are taken as a run reads them, with
  /// their editing, composition and weights. A word of which the files are all for another kind of checkpoint stays
  /// text, as in A1111, and is named by notes(); strict: it is an error.
  /// Errors: kRequest for a folder that is not there; kModel for a file that cannot be used, and for two that fit.
  std::vector<EmbeddingUse> embeddings_of(const Recipe& recipe);

  /// What was to be said since the last call.
  std::vector<std::string> take_notes();

  /// Another picture's recipe asks the same.
  bool serves(const Recipe& recipe) const { return recipe.embeddings_dir == recipe_.embeddings_dir; }

 private:
  struct Word {
    std::string name;
    std::vector<std::filesystem::path> files;
    std::optional<EmbeddingUse> use;
  };

  void list_words();
  void read_widths();
  const EmbeddingUse* next_in(std::span<const int> tokens, std::size_t& place);
  void add_those_in(const std::string& text, Emphasis emphasis, std::vector<EmbeddingUse>& uses);
  void settle(std::size_t number);
  void refuse(const Word& word) const;

  const Recipe recipe_;
  std::filesystem::path model_;
  std::optional<Tokenizer> tokenizer_;
  std::vector<Word> words_;
  EmbeddingWords table_;  // their numbers are places in words_
  std::vector<std::int64_t> text_widths_;
  std::vector<std::string> notes_;
  bool listed_ = false;
};

}  // namespace redraw
