// Golden rows of the prompt room: attention syntax, tokens, chunks.
#include <fmt/format.h>

#include "prompt/chunks.h"
#include "prompt/parse.h"
#include "redraw/error.h"
#include "support/golden.h"

namespace redraw::golden {
namespace {

const Tokenizer& tokenizer() {
  static const Tokenizer it = Tokenizer::load(Tokenizer::find_vocabulary());
  return it;
}

const Json& results_of(const Case& c) { return c.expected.is_array() ? c.expected : c.expected.at("results"); }

Failure attention(const Case& c) {
  Json got = Json::array();
  for (const Json& text : c.inputs.at("texts")) {
    Json pieces = Json::array();
    try {
      for (const WeightedText& piece : parse_prompt_attention(text.get<std::string>()))
        pieces.push_back(Json::array({piece.text, piece.weight}));
    } catch (const Error&) {
      pieces = Json{{"error", "ValueError"}};
    }
    got.push_back(pieces);
  }
  return compare(got, results_of(c));
}

Failure tokenize(const Case& c) {
  if (c.inputs.contains("text"))
    return compare(Json(tokenizer().encode(c.inputs.at("text").get<std::string>())), c.expected.at("clip"));
  throw Skip{"checked by the cases of tokenize in the models set"};
}

Failure prompt_tokens(const Case& c) {
  const std::string checkpoint = c.inputs.at("checkpoint");
  if (checkpoint.find("sd15") == std::string::npos && checkpoint.find("sd1") == std::string::npos) throw Skip{"one tokenizer so far"};
  const PromptTokens got = tokenize_prompt(tokenizer(), c.inputs.at("prompt").get<std::string>(), Emphasis::kOriginal);
  if (Failure f = compare(Json(got.token_count), c.expected.at("token_count")); !f.empty()) return "token_count: " + f;
  const Array tokens = c.array(c.expected.at("tokens")), weights = c.array(c.expected.at("multipliers"));
  std::vector<float> ids, factors;
  for (const TokenChunk& chunk : got.chunks) {
    ids.insert(ids.end(), chunk.tokens.begin(), chunk.tokens.end());
    factors.insert(factors.end(), chunk.weights.begin(), chunk.weights.end());
  }
  if (Failure f = compare(ids, tokens.shape, tokens, c.tolerance); !f.empty()) return "tokens: " + f;
  return compare(factors, weights.shape, weights, Json{{"atol", 1e-6}});
}

}  // namespace

std::vector<Row> prompt_rows() {
  return {{"parse_prompt_attention", attention}, {"tokenize", tokenize}, {"prompt_tokens", prompt_tokens}};
}

}  // namespace redraw::golden
