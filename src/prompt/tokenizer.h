// CLIP's byte-pair encoding: text to token ids.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace redraw {

constexpr int kStartToken = 49406, kEndToken = 49407, kCommaToken = 267;

/// How start and end are spelled in a prompt: transformers' CLIPTokenizer or open_clip's SimpleTokenizer.
enum class Spelling { kClip, kOpenClip };

class Tokenizer {
 public:
  /// bpe_simple_vocab_16e6.txt.gz as OpenAI and open_clip ship it. Errors: kFile, kModel.
  static Tokenizer load(const std::filesystem::path& vocabulary);

  /// $REDRAW_VOCAB, share/redraw beside the program, or .deps/clip of the checkout. Errors: kFile.
  static std::filesystem::path find_vocabulary();

  /// Ids without start and end. Any bytes are taken: text that is not UTF-8 is repaired first.
  /// source transformers' CLIPTokenizer and open_clip's SimpleTokenizer (with ftfy); golden: ui/prompt
  /// tokenize, models/tokenize
  std::vector<int> encode(std::string_view text, Spelling spelling = Spelling::kClip) const;

 private:
  std::vector<int> encode_word(const std::string& word) const;

  std::unordered_map<std::string, int> ids_;
  std::unordered_map<std::string, int> ranks_;  // "left right" -> order of merging
};

/// White space made single, entities and typographic forms made plain, NFC, lower case.
std::string clean_text(std::string_view text);

}  // namespace redraw
