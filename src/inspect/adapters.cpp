// LoRAs and embeddings: for which family they are, what is incomplete, which words trigger them.
#include "inspect/adapters.h"

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace redraw {
namespace {

using Json = nlohmann::json;
constexpr std::size_t kMostWords = 10;

struct Width {
  std::int64_t width;
  const char* family;
};
/// Of the context that attention to the text takes.
constexpr Width kContexts[] = {{768, "sd1"}, {1024, "sd2"}, {2048, "sdxl"}};

struct Word {
  const char* text;
  const char* family;
};
/// In ss_base_model_version and modelspec.architecture, in lower case.
constexpr Word kVersions[] = {{"sdxl", "sdxl"}, {"xl-v1", "sdxl"},       {"illustrious", "sdxl"},
                              {"pony", "sdxl"}, {"sd_v1", "sd1"},        {"diffusion-v1", "sd1"},
                              {"sd_v2", "sd2"}, {"diffusion-v2", "sd2"}, {"sd_1.5", "sd1"}};

std::string family_of_width(std::int64_t width) {
  for (const Width& row : kContexts)
    if (row.width == width) return row.family;
  return "";
}

std::string family_of_metadata(const std::map<std::string, std::string>& metadata) {
  for (const char* key : {"ss_base_model_version", "modelspec.architecture"}) {
    const auto found = metadata.find(key);
    for (const Word& word : kVersions)
      if (found != metadata.end() && to_lower(found->second).find(word.text) != std::string::npos) return word.family;
  }
  return "";
}

/// Width of the input of a layer that reads the text; 0 for other keys.
std::int64_t width_in(const std::string& key, const TensorInfo& tensor) {
  const bool reads_text = key.find("attn2") != std::string::npos &&
                          (key.find("to_k") != std::string::npos || key.find("to_v") != std::string::npos);
  const bool down = key.ends_with("lora_down.weight") || key.ends_with("lora_A.weight") ||
                    key.ends_with("lora.down.weight") || key.ends_with("hada_w1_b");
  return reads_text && down && !tensor.shape.empty() ? tensor.shape.back() : 0;
}

struct Partners {
  const char* one;
  const char* other;
};
constexpr Partners kPartners[] = {
    {".lora_up.weight", ".lora_down.weight"}, {".lora_A.weight", ".lora_B.weight"},
    {".lora.up.weight", ".lora.down.weight"}, {"_lora.up.weight", "_lora.down.weight"},
    {".hada_w1_a", ".hada_w1_b"}, {".hada_w1_a", ".hada_w2_a"}, {".hada_w2_a", ".hada_w2_b"},
    {".lokr_w1_a", ".lokr_w1_b"}, {".lokr_w2_a", ".lokr_w2_b"}};

void add_missing(const KeySet& keys, std::string_view key, std::string_view there, std::string_view wanted,
                 std::vector<std::string>& missing) {
  if (!key.ends_with(there)) return;
  const std::string other = std::string(key.substr(0, key.size() - there.size())).append(wanted);
  if (!keys.has(other) && std::find(missing.begin(), missing.end(), other) == missing.end()) missing.push_back(other);
}

/// {"folder": {"tag": count}}: the counts of all folders together.
std::map<std::string, double> tag_counts(const std::string& text) {
  std::map<std::string, double> counts;
  const Json folders = Json::parse(text, nullptr, false);
  if (!folders.is_object()) return counts;
  for (const Json& folder : folders) {
    if (!folder.is_object()) continue;
    for (const auto& [tag, count] : folder.items())
      if (count.is_number()) counts[trim(tag)] += count.get<double>();
  }
  return counts;
}

}  // namespace

std::string adapter_family(const ModelFile& file, const KeySet& keys) {
  const bool two_encoders = keys.has_prefix("lora_te2_") || keys.has_prefix("text_encoder_2.");
  if (two_encoders) return "sdxl";
  for (const auto& [key, tensor] : file.tensors)
    if (const std::string family = family_of_width(width_in(key, tensor)); !family.empty()) return family;
  return family_of_metadata(file.metadata);
}

std::string embedding_family(const EmbeddingFacts& facts) {
  return facts.widths.size() == 2 ? "sdxl" : family_of_width(facts.widths[0]);
}

std::vector<std::string> missing_partners(const KeySet& keys) {
  std::vector<std::string> missing;
  for (const std::string_view key : keys.all())
    for (const Partners& pair : kPartners) {
      add_missing(keys, key, pair.one, pair.other, missing);
      add_missing(keys, key, pair.other, pair.one, missing);
    }
  return missing;
}

std::vector<std::string> trigger_words(const std::map<std::string, std::string>& metadata) {
  std::vector<std::string> words;
  if (const auto phrase = metadata.find("modelspec.trigger_phrase");
      phrase != metadata.end() && !phrase->second.empty())
    words.push_back(phrase->second);
  const auto tags = metadata.find("ss_tag_frequency");
  if (tags == metadata.end()) return words;
  std::vector<std::pair<double, std::string>> ranked;
  for (const auto& [tag, count] : tag_counts(tags->second)) ranked.emplace_back(-count, tag);
  std::sort(ranked.begin(), ranked.end());
  for (const auto& [count, tag] : ranked)
    if (words.size() < kMostWords && !tag.empty() && tag != (words.empty() ? "" : words[0])) words.push_back(tag);
  return words;
}

}  // namespace redraw
