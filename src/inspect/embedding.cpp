// Textual inversion embeddings: which tensors of a file hold the vectors, and for which text encoders they are.
#include "inspect/embedding.h"

#include <algorithm>

#include <fmt/format.h>

#include "inspect/kinds.h"
#include "redraw/error.h"

namespace redraw {
namespace {

constexpr std::string_view kTerms = "string_to_param.";
constexpr const char *kFirst = "clip_l", *kSecond = "clip_g";
constexpr std::int64_t kMostVectors = 75;   // of a chunk
constexpr std::int64_t kHeadChannels = 64;  // of every CLIP text encoder, so widths are multiples of it

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& why, const std::string& fix) {
  throw Error(ErrorKind::kModel, fmt::format("\"{}\" cannot be used as an embedding", path.filename().string()),
              path.string(), why, fix);
}

/// What the tensors of a file without string_to_param mean.
std::vector<std::string> encoder_keys(const ModelFile& file, const std::filesystem::path& path) {
  const bool first = file.tensors.contains(kFirst), second = file.tensors.contains(kSecond);
  if (first && second) return {kFirst, kSecond};
  if (first || second)
    fail(path,
         fmt::format("it holds {} without {}; SDXL needs both", first ? kFirst : kSecond, first ? kSecond : kFirst),
         "get a whole copy of it");
  if (file.tensors.size() == 1) return {file.tensors.begin()->first};
  const KindRow* kind = kind_of(KeySet(file.tensors));
  if (kind != nullptr && kind->kind != ModelKind::kEmbedding)
    fail(path, fmt::format("it is {}", kind->what), "give a textual inversion embedding");
  fail(path,
       fmt::format("it holds {} tensors, and none of them is string_to_param, emb_params or clip_l with clip_g",
                   file.tensors.size()),
       "give an embedding of one term");
}

std::vector<std::string> keys_of(const ModelFile& file, const std::filesystem::path& path) {
  std::vector<std::string> terms;
  for (auto it = file.tensors.lower_bound(std::string(kTerms));
       it != file.tensors.end() && it->first.starts_with(kTerms); ++it)
    terms.push_back(it->first);
  if (terms.size() > 1)
    fail(path, fmt::format("it holds {} terms, and a file's name can stand for one only", terms.size()),
         "save each of its terms as a file of its own");
  return terms.empty() ? encoder_keys(file, path) : terms;
}

}  // namespace

EmbeddingFacts embedding_facts(const ModelFile& file, const std::filesystem::path& path) {
  EmbeddingFacts facts{keys_of(file, path), {}, 0};
  for (const std::string& key : facts.keys) {
    const std::vector<std::int64_t>& shape = file.tensors.at(key).shape;
    if (shape.empty() || shape.size() > 2 || file.tensors.at(key).elements() == 0)
      fail(path, fmt::format("\"{}\" of the shape [{}] is no list of vectors", key, fmt::join(shape, ", ")),
           "give a textual inversion embedding");
    const std::int64_t vectors = shape.size() == 2 ? shape[0] : 1;
    if (facts.vectors != 0 && facts.vectors != vectors)
      fail(path, fmt::format("{} holds {} vectors and {} holds {}", kFirst, facts.vectors, kSecond, vectors),
           "get a whole copy of it");
    facts.vectors = vectors;
    facts.widths.push_back(shape.back());
  }
  return facts;
}

bool fits(const EmbeddingFacts& facts, std::span<const std::int64_t> text_widths, const std::filesystem::path& path) {
  if (facts.vectors > kMostVectors)
    fail(path, fmt::format("it holds {} vectors, and a chunk of a prompt has room for {}", facts.vectors, kMostVectors),
         "give an embedding of fewer vectors");
  if (std::any_of(facts.widths.begin(), facts.widths.end(),
                  [](std::int64_t width) { return width % kHeadChannels != 0; }))
    fail(path,
         fmt::format("its vectors are {} wide; the checkpoint's text encoder takes {}, and none takes a width that is "
                     "no multiple of {}",
                     widths_text(facts.widths), widths_text(text_widths), kHeadChannels),
         "give a textual inversion embedding that was made for this kind of checkpoint");
  return std::equal(facts.widths.begin(), facts.widths.end(), text_widths.begin(), text_widths.end());
}

std::string widths_text(std::span<const std::int64_t> widths) { return fmt::format("{}", fmt::join(widths, " and ")); }

}  // namespace redraw
