// Tests of prompt/chunks and prompt/tokenizer: 75 tokens a chunk, BREAK, commas, odd bytes.
#include <catch2/catch.hpp>

#include "prompt/chunks.h"
#include "support/errors.h"
#include "support/temp_folder.h"

using namespace redraw;

namespace {

const Tokenizer& tokenizer() {
  static const Tokenizer it = Tokenizer::load(Tokenizer::find_vocabulary());
  return it;
}

PromptTokens tokens_of(const std::string& prompt, int backtrack = 20) {
  return tokenize_prompt(tokenizer(), prompt, Emphasis::kOriginal, Spelling::kClip, backtrack);
}

std::string repeated(const std::string& word, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += word;
  return text;
}

/// Tokens of a chunk between start and the first end token.
std::size_t filled(const TokenChunk& chunk) {
  return static_cast<std::size_t>(std::find(chunk.tokens.begin(), chunk.tokens.end(), kEndToken) -
                                  chunk.tokens.begin()) -
         1;
}

}  // namespace

TEST_CASE("chunks: every chunk is start, 75 tokens filled with the end token, end", "[prompt]") {
  for (const int words : {0, 1, 74, 75, 76, 150, 151}) {
    INFO(words << " words");
    const PromptTokens tokens = tokens_of(repeated("cat ", words));
    CHECK(tokens.chunks.size() == static_cast<std::size_t>(words == 0 ? 1 : (words + 74) / 75));
    CHECK(tokens.token_count == words);
    for (const TokenChunk& chunk : tokens.chunks) {
      REQUIRE(chunk.tokens.size() == 77);
      REQUIRE(chunk.weights.size() == 77);
      CHECK(chunk.tokens.front() == kStartToken);
      CHECK(chunk.tokens.back() == kEndToken);
    }
  }
}

TEST_CASE("chunks: BREAK ends a chunk where it stands", "[prompt]") {
  const PromptTokens tokens = tokens_of("cat BREAK dog");
  REQUIRE(tokens.chunks.size() == 2);
  CHECK(filled(tokens.chunks[0]) == 1);
  CHECK(filled(tokens.chunks[1]) == 1);
  CHECK(tokens.chunks[1].tokens[1] == tokenizer().encode("dog").at(0));
}

TEST_CASE("chunks: what follows a late comma moves to the next chunk", "[prompt]") {
  const std::string prompt = repeated("cat ", 69) + ", dog dog dog dog dog dog dog";  // comma is token 70 of 77
  const PromptTokens tokens = tokens_of(prompt);
  REQUIRE(tokens.chunks.size() == 2);
  CHECK(filled(tokens.chunks[0]) == 70);
  CHECK(filled(tokens.chunks[1]) == 7);
  const PromptTokens without = tokens_of(prompt, 0);
  CHECK(filled(without.chunks[0]) == 75);
  CHECK(filled(without.chunks[1]) == 2);
}

TEST_CASE("chunks: a comma further back than the limit moves nothing", "[prompt]") {
  const PromptTokens tokens = tokens_of(repeated("cat ", 50) + ", " + repeated("dog ", 30));
  REQUIRE(tokens.chunks.size() == 2);
  CHECK(filled(tokens.chunks[0]) == 75);
}

TEST_CASE("chunks: weights go with their tokens; start, end and filling have 1", "[prompt]") {
  const TokenChunk chunk = tokens_of("cat (dog:1.5)").chunks.at(0);
  CHECK(chunk.weights[0] == 1);
  CHECK(chunk.weights[1] == 1);
  CHECK(chunk.weights[2] == 1.5F);
  CHECK(chunk.weights[3] == 1);
}

TEST_CASE("chunks: emphasis None takes brackets as text", "[prompt]") {
  const PromptTokens plain = tokenize_prompt(tokenizer(), "(dog:1.5)", Emphasis::kNone);
  CHECK(plain.token_count > 1);
  CHECK(plain.chunks[0].weights[1] == 1);
}

TEST_CASE("tokenizer: known ids", "[prompt]") {
  CHECK(tokenizer().encode("a photo of a cat") == std::vector<int>{320, 1125, 539, 320, 2368});
  CHECK(tokenizer().encode(" A  Photo\tof\na CAT ") == tokenizer().encode("a photo of a cat"));
  CHECK(tokenizer().encode("").empty());
  CHECK(tokenizer().encode(",") == std::vector<int>{kCommaToken});
}

TEST_CASE("tokenizer: takes any bytes and long words, and gives ids in range", "[prompt]") {
  for (const std::string& text : {std::string("\xff\xfe"), std::string("\xe6\xb9\x96\xf0\x9f\x9a\xa3"),
                                  std::string("a\0b", 3), std::string(20000, 'x'), std::string("\xc3")}) {
    for (const int id : tokenizer().encode(text)) REQUIRE((id >= 0 && id <= kEndToken));
  }
  CHECK_FALSE(tokenizer().encode("\xe6\xb9\x96").empty());
}

TEST_CASE("tokenizer: a vocabulary that is missing or something else is an error", "[prompt]") {
  const test::TempFolder folder;
  CHECK(test::error_of([&] { Tokenizer::load(folder / "none.gz"); })->kind() == ErrorKind::kFile);
  const auto error = test::error_of([&] { Tokenizer::load(folder.write("words.gz", "a b\nc d\n")); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::kModel);
  CHECK(test::mentions(*error, "words.gz"));
}

namespace {

/// "boat" becomes 3 vectors, "boat house" 2.
EmbeddingWords boats() {
  EmbeddingWords words;
  words.add(tokenizer().encode("boat"), 0, 3);
  words.add(tokenizer().encode("boat house"), 1, 2);
  return words;
}

PromptTokens with_boats(const std::string& prompt, int backtrack = 20) {
  return tokenize_prompt(tokenizer(), prompt, Emphasis::kOriginal, Spelling::kClip, backtrack, boats());
}

}  // namespace

TEST_CASE("chunks: an embedding takes as many places as it has vectors, the longest word first", "[prompt]") {
  const TokenChunk chunk = with_boats("a (BOAT:1.5), boat house boats").chunks[0];
  CHECK(chunk.fixes == std::vector<EmbeddingFix>{{1, 0}, {5, 1}});
  CHECK(std::vector<int>(chunk.tokens.begin() + 2, chunk.tokens.begin() + 5) == std::vector<int>{0, 0, 0});
  CHECK(chunk.weights[2] == 1.5f);
  CHECK(chunk.weights[4] == 1.5f);
  CHECK(chunk.weights[5] == 1);
  CHECK(filled(chunk) == 8);  // a, 3, comma, 2, boats
}

TEST_CASE("chunks: an embedding that does not fit begins the next chunk", "[prompt]") {
  const PromptTokens tokens = with_boats(repeated("red ", 73) + "boat end");
  REQUIRE(tokens.chunks.size() == 2);
  CHECK(filled(tokens.chunks[0]) == 73);
  CHECK(tokens.chunks[0].fixes.empty());
  CHECK(tokens.chunks[1].fixes == std::vector<EmbeddingFix>{{0, 0}});
  CHECK(tokens.token_count == 79);
  CHECK(with_boats(repeated("red ", 72) + "boat").chunks.size() == 1);
}

TEST_CASE("chunks: what a comma hands on leaves its vectors behind, as in A1111", "[prompt]") {
  const PromptTokens tokens = with_boats(repeated("red ", 69) + ", boat red red end");
  REQUIRE(tokens.chunks.size() == 2);
  CHECK(tokens.chunks[0].fixes == std::vector<EmbeddingFix>{{70, 0}});
  CHECK(tokens.chunks[0].tokens[71] == kEndToken);
  CHECK(tokens.chunks[1].tokens[1] == 0);
  CHECK(tokens.chunks[1].fixes.empty());
}

TEST_CASE("embedding words: a removed one is not found again, and none begins in the middle", "[prompt]") {
  EmbeddingWords words = boats();
  const std::vector<int> tokens = tokenizer().encode("boat house");
  CHECK(words.at(tokens, 0)->number == 1);
  CHECK(words.at(tokens, 1) == nullptr);
  words.remove(1);
  CHECK(words.at(tokens, 0)->number == 0);
  words.add({}, 2, 1);
  words.remove(0);
  CHECK(words.at(tokens, 0) == nullptr);
}
