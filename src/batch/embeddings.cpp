// Embeddings of a picture: which files the words of its prompts stand for.
#include "batch/embeddings.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "batch/named_files.h"
#include "batch/paths.h"
#include "inspect/architecture.h"
#include "inspect/embedding.h"
#include "inspect/kinds.h"
#include "prompt/compose.h"
#include "prompt/extra_networks.h"
#include "prompt/parse.h"
#include "prompt/schedule.h"
#include "redraw/error.h"
#include "schedule/samplers.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSuffixes[] = {".safetensors", ".pt", ".bin"};
constexpr std::string_view kFolders[] = {"embeddings"};
constexpr FilesWanted kWanted{"embeddings_dir", kFolders, kSuffixes, "embeddings"};

/// The texts that the text encoders will see.
std::vector<std::string> texts_of(const Recipe& recipe) {
  std::vector<std::string> prompts = {recipe.negative_prompt};
  for (const PromptPart& part : split_at_and(parse_extra_networks(recipe.prompt).prompt)) prompts.push_back(part.text);
  const int calls = recipe.steps * (find_sampler(recipe.sampler)->second_order ? 2 : 1);
  std::vector<std::string> texts;
  for (const std::string& prompt : prompts)
    for (ScheduledText& entry : prompt_schedule(prompt, calls, {std::nullopt, recipe.old_prompt_editing}))
      texts.push_back(std::move(entry.text));
  return texts;
}

}  // namespace

EmbeddingFinder::EmbeddingFinder(const Recipe& recipe, fs::path model) : recipe_(recipe), model_(std::move(model)) {}

std::vector<std::string> EmbeddingFinder::take_notes() { return std::exchange(notes_, {}); }

std::vector<EmbeddingUse> EmbeddingFinder::embeddings_of(const Recipe& recipe) {
  list_words();
  std::vector<EmbeddingUse> uses;
  if (words_.empty()) return uses;
  std::string last;
  for (const std::string& text : texts_of(recipe))
    if (text != std::exchange(last, text)) add_those_in(text, recipe.emphasis, uses);
  return uses;
}

void EmbeddingFinder::list_words() {
  if (std::exchange(listed_, true)) return;
  const NamedFiles named = named_files(recipe_.embeddings_dir, kWanted, recipe_);
  if (named.files.empty()) return;
  tokenizer_ = Tokenizer::load(Tokenizer::find_vocabulary());
  std::map<std::vector<int>, std::size_t> by_tokens;  // names that differ in case are one word
  for (const auto& [name, file] : named.files) {
    const std::vector<int> tokens = tokenizer_->encode(name);
    const auto [known, fresh] = by_tokens.emplace(tokens, words_.size());
    if (fresh) {
      words_.push_back({name, {}, {}});
      table_.add(tokens, known->second, 1);
    }
    words_[known->second].files.push_back(file);
  }
}

void EmbeddingFinder::read_widths() {
  if (!text_widths_.empty()) return;
  const ModelFile file = read_model_file(model_);
  const KindRow* kind = kind_of(KeySet(file.tensors));
  if (kind != nullptr && kind->kind == ModelKind::kCheckpoint)
    text_widths_ = architecture_of(file, kind->family).text_widths;
}

void EmbeddingFinder::add_those_in(const std::string& text, Emphasis emphasis, std::vector<EmbeddingUse>& uses) {
  std::vector<WeightedText> pieces = {{text}};
  if (emphasis != Emphasis::kNone) pieces = parse_prompt_attention(text);
  for (const WeightedText& piece : pieces) {
    const std::vector<int> tokens = piece.is_break ? std::vector<int>() : tokenizer_->encode(piece.text);
    for (std::size_t place = 0; place < tokens.size();)
      if (const EmbeddingUse* use = next_in(tokens, place);
          use != nullptr && std::find(uses.begin(), uses.end(), *use) == uses.end())
        uses.push_back(*use);
  }
}

/// The embedding at this place, perhaps none; the place goes on behind it.
const EmbeddingUse* EmbeddingFinder::next_in(std::span<const int> tokens, std::size_t& place) {
  while (const EmbeddingWord* found = table_.at(tokens, place)) {
    const std::size_t length = found->tokens.size(), number = found->number;
    settle(number);
    if (!words_[number].use) continue;  // the word is out of the table now
    place += length;
    return &*words_[number].use;
  }
  ++place;
  return nullptr;
}

/// Decides which file a word stands for, or takes it out of the table.
void EmbeddingFinder::settle(std::size_t number) {
  Word& word = words_[number];
  if (word.use) return;
  read_widths();
  if (text_widths_.empty()) return table_.remove(number);  // no checkpoint, as its loader will say
  std::vector<fs::path> fitting;
  for (const fs::path& file : word.files)
    if (fits(embedding_facts(read_model_file(file), file), text_widths_, file)) fitting.push_back(file);
  if (fitting.size() > 1)
    throw Error(ErrorKind::kModel, fmt::format("more than one embedding is called \"{}\"", word.name),
                origin_of(recipe_, kWanted.setting), fmt::format("{} and {}", fitting[0].string(), fitting[1].string()),
                "rename one, or put it into another folder");
  if (!fitting.empty()) {
    word.use = EmbeddingUse{fitting[0].stem().string(), fitting[0]};
    return;
  }
  refuse(word);
  notes_.push_back(
      fmt::format("the embedding \"{}\" is for another kind of checkpoint than {}: the word is read as text",
                  word.files[0].string(), model_.filename().string()));
  table_.remove(number);
}

void EmbeddingFinder::refuse(const Word& word) const {
  if (!recipe_.strict) return;
  throw Error(ErrorKind::kModel,
              fmt::format("the embedding \"{}\" is for another kind of checkpoint than {}", word.files[0].string(),
                          model_.filename().string()),
              origin_of(recipe_, kWanted.setting), "warnings are errors with --strict",
              "take the word out of the prompt, or the file out of the folder");
}

}  // namespace redraw
