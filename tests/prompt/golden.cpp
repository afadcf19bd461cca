// Golden rows of the prompt room: syntax, tokens, chunks.
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "base/files.h"
#include "prompt/chunks.h"
#include "prompt/comments.h"
#include "prompt/compose.h"
#include "prompt/extra_networks.h"
#include "prompt/parse.h"
#include "prompt/schedule.h"
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
  if (!c.inputs.contains("text")) throw Skip{"a list of texts: checked by the cases of tokenize in the models set"};
  const std::string text = c.inputs.at("text");
  if (Failure f = compare(Json(tokenizer().encode(text)), c.expected.at("clip")); !f.empty()) return "clip: " + f;
  const Failure f = compare(Json(tokenizer().encode(text, Spelling::kOpenClip)), c.expected.at("open_clip"));
  return f.empty() ? f : "open_clip: " + f;
}

Failure check_tokens(const Case& c, Spelling spelling, const char* tokens_name, const char* count_name) {
  const PromptTokens got =
      tokenize_prompt(tokenizer(), c.inputs.at("prompt").get<std::string>(), Emphasis::kOriginal, spelling);
  if (Failure f = compare(Json(got.token_count), c.expected.at(count_name)); !f.empty())
    return std::string(count_name) + ": " + f;
  const Array tokens = c.array(c.expected.at(tokens_name)), weights = c.array(c.expected.at("multipliers"));
  std::vector<float> ids, factors;
  for (const TokenChunk& chunk : got.chunks) {
    ids.insert(ids.end(), chunk.tokens.begin(), chunk.tokens.end());
    factors.insert(factors.end(), chunk.weights.begin(), chunk.weights.end());
  }
  if (Failure f = compare(ids, tokens.shape, tokens, c.tolerance); !f.empty())
    return std::string(tokens_name) + ": " + f;
  return compare(factors, weights.shape, weights, Json{{"atol", 1e-6}});
}

Failure prompt_tokens(const Case& c) {
  const bool sd2 = c.inputs.at("checkpoint").get<std::string>().find("sd2") != std::string::npos;
  const Failure first = check_tokens(c, sd2 ? Spelling::kOpenClip : Spelling::kClip, "tokens", "token_count");
  if (!first.empty() || !c.expected.contains("tokens_g")) return first;
  return check_tokens(c, Spelling::kOpenClip, "tokens_g", "token_count_g");
}

Failure tokens_of_batch(const Case& c) {
  if (c.inputs.at("tokenizer") != "clip_l") throw Skip{"one tokenizer so far"};
  std::vector<PromptTokens> prompts;
  for (const Json& prompt : c.inputs.at("prompts"))
    prompts.push_back(tokenize_prompt(tokenizer(), prompt.get<std::string>(), Emphasis::kOriginal));
  pad_to_longest(prompts);
  Json chunks = Json::array();
  for (std::size_t i = 0; i < prompts[0].chunks.size(); ++i) {
    chunks.push_back(Json::array());
    for (const PromptTokens& prompt : prompts) chunks.back().push_back(prompt.chunks[i].tokens);
  }
  return compare(chunks, c.expected.at("chunks"), c.tolerance);
}

/// got against a result, or against each of those that the original gives from run to run.
Failure compare_any(const Json& got, const Json& expected) {
  if (!expected.is_object() || !expected.contains("any_of")) return compare(got, expected);
  Failure first;
  for (const Json& one : expected.at("any_of")) {
    const Failure failure = compare(got, one);
    if (failure.empty()) return failure;
    if (first.empty()) first = failure;
  }
  return first;
}

Failure schedules(const Case& c) {
  ScheduleRules rules;
  if (const Json& hires = c.inputs.at("hires_steps"); !hires.is_null()) rules.hires_steps = hires.get<int>();
  rules.old_scheduling = c.inputs.at("old_scheduling");
  for (std::size_t i = 0; i < c.inputs.at("prompts").size(); ++i) {
    const std::string prompt = c.inputs.at("prompts")[i];
    Json got = Json::array();
    for (const ScheduledText& entry : prompt_schedule(prompt, c.inputs.at("steps"), rules))
      got.push_back(Json::array({entry.last_step, entry.text}));
    if (Failure f = compare_any(got, results_of(c)[i]); !f.empty()) return prompt + ": " + f;
  }
  return "";
}

Failure conditions_of_steps(const Case& c) {
  Json got = Json::array();
  for (const Json& call : c.inputs.at("calls")) {
    const int steps = call[1];
    Json by_call = Json::array();
    for (int i = 0; i <= steps + 2; ++i) {
      Json parts = Json::array();
      for (const PromptPart& part : split_at_and(call[0].get<std::string>()))
        parts.push_back(Json::array({entry_at(prompt_schedule(part.text, steps), i).text, part.weight}));
      by_call.push_back(parts);
    }
    got.push_back(by_call);
  }
  return compare(got, results_of(c), c.tolerance);
}

Failure composition(const Case& c) {
  std::vector<std::string> flat;
  Json each = Json::array(), indexes = Json::array();
  for (const Json& prompt : c.inputs.at("prompts")) {
    each.push_back(Json::array());
    indexes.push_back(Json::array());
    for (const PromptPart& part : split_at_and(prompt.get<std::string>())) {
      const auto index = std::find(flat.begin(), flat.end(), part.text) - flat.begin();
      if (index == std::ssize(flat)) flat.push_back(part.text);
      each.back().push_back(Json::array({part.text, part.weight}));
      indexes.back().push_back(Json::array({index, part.weight}));
    }
  }
  return compare(Json{{"each", each}, {"batch_indexes", indexes}, {"batch_flat", flat}}, c.expected, c.tolerance);
}

Json by_kind(const std::vector<ExtraNetwork>& networks) {
  Json result = Json::object();
  for (const ExtraNetwork& network : networks)
    result[network.kind].push_back(
        {{"items", network.items}, {"positional", network.positional}, {"named", network.named}});
  return result;
}

/// As the original lists them, or its error at any of them; null where the prompt names none.
Json loras_of(const std::vector<ExtraNetwork>& networks) {
  Json result;
  try {
    for (const ExtraNetwork& network : networks) {
      if (network.kind != "lora") continue;
      const LoraRequest lora = lora_request(network);
      result["names"].push_back(lora.name);
      result["te"].push_back(lora.text_weight);
      result["unet"].push_back(lora.unet_weight);
      result["dyn"].push_back(lora.dim ? Json(*lora.dim) : Json());
    }
  } catch (const Error&) {
    return {{"error", "ValueError"}};
  }
  return result;
}

Failure extra_networks(const Case& c) {
  Json got = Json::array();
  for (const Json& prompt : c.inputs.at("prompts")) {
    const PromptNetworks parsed = parse_extra_networks(prompt.get<std::string>());
    got.push_back(
        {{"prompt", parsed.prompt}, {"networks", by_kind(parsed.networks)}, {"lora", loras_of(parsed.networks)}});
  }
  return compare(got, results_of(c), c.tolerance);
}

Failure extra_networks_batch(const Case& c) {
  const BatchNetworks parsed = parse_extra_networks_batch(c.inputs.at("prompts").get<std::vector<std::string>>());
  Json networks = Json::object();
  for (const ExtraNetwork& network : parsed.networks) networks[network.kind].push_back(network.items);
  return compare(Json{{"prompts", parsed.prompts}, {"networks", networks}}, c.expected, c.tolerance);
}

Failure comments(const Case& c) {
  Json got = Json::array();
  for (const Json& text : c.inputs.at("texts")) got.push_back(strip_comments(text.get<std::string>()));
  return compare(got, results_of(c), c.tolerance);
}

/// Name, prompt and negative prompt of each line of a CSV file with quotes where needed.
std::vector<std::vector<std::string>> read_csv(const std::filesystem::path& path) {
  std::vector<std::vector<std::string>> lines;
  std::istringstream file(read_file(path));
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (const char letter : line) {
      if (letter == '"') quoted = !quoted;
      else if (letter == ',' && !quoted) fields.emplace_back();
      else if (letter != '\r') fields.back() += letter;
    }
    fields.resize(3);
    lines.push_back(fields);
  }
  return lines;
}

/// A name that no line has is an empty style.
Emphasis emphasis_of(const Json& options) {
  const std::string name = options.value("emphasis", "Original");
  return name == "None"      ? Emphasis::kNone
         : name == "Ignore"  ? Emphasis::kIgnore
         : name == "No norm" ? Emphasis::kNoNorm
                             : Emphasis::kOriginal;
}

/// The weights of a chunk, written as [weight, how often].
std::vector<float> weights_of(const Json& runs) {
  std::vector<float> weights;
  for (const Json& run : runs) weights.insert(weights.end(), run[1].get<std::size_t>(), run[0].get<float>());
  return weights;
}

Failure tokenize_line(const Case& c) {
  const Json& options = c.inputs.at("options");
  const Spelling spelling = c.inputs.at("tokenizer") == "clip_l" ? Spelling::kClip : Spelling::kOpenClip;
  for (std::size_t i = 0; i < c.inputs.at("prompts").size(); ++i) {
    const Json& expected = c.expected.at("results")[i];
    const PromptTokens got =
        tokenize_prompt(tokenizer(), c.inputs.at("prompts")[i].get<std::string>(), emphasis_of(options), spelling,
                        options.value("comma_padding_backtrack", 20));
    const std::string where = "prompt " + std::to_string(i) + ": ";
    if (Failure f = compare(Json(got.chunks.size()), Json(expected.at("chunks").size())); !f.empty())
      return where + "chunks: " + f;
    for (std::size_t k = 0; k < got.chunks.size(); ++k) {
      const Json& chunk = expected.at("chunks")[k];
      if (Failure f = compare(Json(got.chunks[k].tokens), chunk.at("tokens")); !f.empty())
        return where + "tokens: " + f;
      if (Failure f = compare(Json(got.chunks[k].weights), Json(weights_of(chunk.at("multipliers"))), c.tolerance);
          !f.empty())
        return where + "weights: " + f;
    }
  }
  return "";
}

Failure styles(const Case& c) {
  const auto known = read_csv(c.path(c.inputs.at("styles_csv")));
  Json got = Json::array();
  for (const Json& call : c.inputs.at("calls")) {
    std::string prompt = call.at("prompt"), negative = call.at("negative_prompt");
    for (const Json& name : call.at("styles")) {
      const auto found = std::find_if(known.begin(), known.end(), [&](const auto& line) { return line[0] == name; });
      prompt = apply_style(found == known.end() ? "" : (*found)[1], prompt);
      negative = apply_style(found == known.end() ? "" : (*found)[2], negative);
    }
    got.push_back({{"prompt", prompt}, {"negative_prompt", negative}});
  }
  return compare(got, results_of(c), c.tolerance);
}

}  // namespace

std::vector<Row> prompt_rows() {
  return {
      {"parse_prompt_attention", attention}, {"tokenize", tokenize}, {"tokenize_line", tokenize_line},
      {"prompt_tokens", prompt_tokens}, {"tokens_of_batch", tokens_of_batch},
      {"get_learned_conditioning_prompt_schedules", schedules}, {"conditions_of_steps", conditions_of_steps},
      {"get_multicond_prompt_list", composition}, {"parse_extra_networks", extra_networks},
      {"parse_extra_networks_batch", extra_networks_batch}, {"strip_comments", comments},
      {"apply_styles", styles}};
}

}  // namespace redraw::golden
