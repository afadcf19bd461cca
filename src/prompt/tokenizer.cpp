// CLIP's byte-pair encoding: text to token ids.
#include "prompt/tokenizer.h"

#include <utf8proc.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <sstream>

#include "base/files.h"
#include "redraw/error.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

constexpr int kMerges = 49152 - 256 - 2;
constexpr std::array<std::string_view, 2> kSpecials = {"<|startoftext|>", "<|endoftext|>"};
constexpr std::array<std::string_view, 2> kOpenSpecials = {"<start_of_text>", "<end_of_text>"};
constexpr std::array<std::string_view, 7> kContractions = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};

std::string read_gzip(const fs::path& path) {
  const std::unique_ptr<gzFile_s, decltype(&gzclose)> file(gzopen(path.c_str(), "rb"), gzclose);
  std::string text;
  char buffer[65536];
  for (int got = 1; file && (got = gzread(file.get(), buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  if (text.empty())
    throw Error(ErrorKind::kFile, "cannot read the CLIP vocabulary \"" + path.string() + "\"", path.string(),
                "it is missing or not gzip", "run scripts/setup.sh");
  return text;
}

std::string utf8_of(int codepoint) {
  utf8proc_uint8_t buffer[4];
  return {reinterpret_cast<char*>(buffer), static_cast<std::size_t>(utf8proc_encode_char(codepoint, buffer))};
}

/// GPT-2's printable stand-in for each byte, and the order in which the vocabulary counts them.
struct ByteLetters {
  std::array<std::string, 256> letter;
  std::vector<std::string> in_order;
};

ByteLetters byte_letters() {
  ByteLetters table;
  const auto printable = [](int b) { return (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174; };
  for (int b = 0; b < 256; ++b)
    if (printable(b)) table.in_order.push_back(table.letter[static_cast<std::size_t>(b)] = utf8_of(b));
  int next = 256;
  for (int b = 0; b < 256; ++b)
    if (!printable(b)) table.in_order.push_back(table.letter[static_cast<std::size_t>(b)] = utf8_of(next++));
  return table;
}

const ByteLetters& letters() {
  static const ByteLetters table = byte_letters();
  return table;
}

enum class Kind { kSpace, kLetter, kNumber, kOther };

Kind kind_of(utf8proc_int32_t c) {
  const auto category = utf8proc_category(c);
  if (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) return Kind::kLetter;
  if (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO) return Kind::kNumber;
  if (c == ' ' || (c >= 9 && c <= 13) || category == UTF8PROC_CATEGORY_ZS) return Kind::kSpace;
  return Kind::kOther;
}

struct Letter { Kind kind; std::size_t size; };

Letter letter_at(std::string_view text, std::size_t i) {
  utf8proc_int32_t c = 0;
  const auto used = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + i),
                                     static_cast<utf8proc_ssize_t>(text.size() - i), &c);
  return used <= 0 ? Letter{Kind::kOther, 1} : Letter{kind_of(c), static_cast<std::size_t>(used)};
}

template <std::size_t N>
std::string_view prefix_of(std::string_view text, const std::array<std::string_view, N>& words) {
  for (const std::string_view word : words)
    if (text.starts_with(word)) return word;
  return {};
}

const std::array<std::string_view, 2>& specials_of(Spelling spelling) {
  return spelling == Spelling::kClip ? kSpecials : kOpenSpecials;
}

/// The words of CLIP's pattern: contractions, runs of letters, single digits, runs of other signs. CLIPTokenizer
/// finds its specials first; for open_clip they are one word of the pattern, and a run of signs swallows their "<".
std::vector<std::string> split_words(std::string_view text, Spelling spelling) {
  const auto& specials = specials_of(spelling);
  std::vector<std::string> words;
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    std::string_view fixed = prefix_of(rest, specials);
    if (fixed.empty()) fixed = prefix_of(rest, kContractions);
    if (!fixed.empty()) {
      words.emplace_back(fixed);
      i += fixed.size();
      continue;
    }
    const Letter first = letter_at(text, i);
    std::size_t end = i + first.size;
    if (first.kind == Kind::kLetter || first.kind == Kind::kOther)
      while (end < text.size() && letter_at(text, end).kind == first.kind &&
             (first.kind == Kind::kLetter || spelling == Spelling::kOpenClip ||
              prefix_of(text.substr(end), specials).empty()))
        end += letter_at(text, end).size;
    if (first.kind != Kind::kSpace) words.emplace_back(text.substr(i, end - i));
    i = end;
  }
  return words;
}

}  // namespace

fs::path Tokenizer::find_vocabulary() {
  constexpr const char* kName = "bpe_simple_vocab_16e6.txt.gz";
  if (const char* given = std::getenv("REDRAW_VOCAB")) return given;
  const fs::path here = executable_folder();
  const std::array<fs::path, 3> places = {here / "../share/redraw", here / "../../../.deps/clip",
                                          here / "../../.deps/clip"};
  for (const fs::path& place : places)
    if (fs::exists(place / kName)) return fs::weakly_canonical(place / kName);
#ifdef REDRAW_SOURCE_DIR
  return fs::path(REDRAW_SOURCE_DIR) / ".deps/clip" / kName;
#else
  throw Error(ErrorKind::kFile, "the CLIP vocabulary is missing", (here / "../share/redraw").string(),
              std::string(kName) + " is in none of the usual places", "run scripts/setup.sh, or set REDRAW_VOCAB");
#endif
}

Tokenizer Tokenizer::load(const fs::path& vocabulary) {
  Tokenizer tokenizer;
  std::istringstream lines(read_gzip(vocabulary));
  std::string line;
  std::getline(lines, line);  // version
  const auto add = [&](const std::string& word) {
    tokenizer.ids_.emplace(word, static_cast<int>(tokenizer.ids_.size()));
  };
  for (const std::string& letter : letters().in_order) add(letter);
  for (const std::string& letter : letters().in_order) add(letter + "</w>");
  for (int i = 0; i < kMerges && std::getline(lines, line); ++i) {
    tokenizer.ranks_.emplace(line, i);
    line.erase(line.find(' '), 1);
    add(line);
  }
  for (const std::string_view special : kSpecials) add(std::string(special));
  if (tokenizer.ids_.size() != 49408)
    throw Error(ErrorKind::kModel, "the CLIP vocabulary has " + std::to_string(tokenizer.ids_.size()) + " entries",
                vocabulary.string(), "49408 are needed", "run scripts/setup.sh");
  return tokenizer;
}

std::vector<int> Tokenizer::encode_word(const std::string& word) const {
  std::vector<std::string> parts;
  for (const char c : word) parts.push_back(letters().letter[static_cast<unsigned char>(c)]);
  parts.back() += "</w>";
  while (parts.size() > 1) {
    int best = kMerges;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto rank = ranks_.find(parts[i] + ' ' + parts[i + 1]);
      if (rank != ranks_.end()) best = std::min(best, rank->second);
    }
    if (best == kMerges) break;
    std::vector<std::string> merged;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto rank = i + 1 < parts.size() ? ranks_.find(parts[i] + ' ' + parts[i + 1]) : ranks_.end();
      const bool joins = rank != ranks_.end() && rank->second == best;
      merged.push_back(joins ? parts[i] + parts[i + 1] : parts[i]);
      i += joins;
    }
    parts = std::move(merged);
  }
  std::vector<int> result;
  for (const std::string& part : parts) result.push_back(ids_.at(part));
  return result;
}

std::vector<int> Tokenizer::encode(std::string_view text, Spelling spelling) const {
  constexpr std::size_t kMaxWord = 4096;  // merging is quadratic; no real word is longer
  std::vector<int> result;
  const auto& specials = specials_of(spelling);
  for (const std::string& word : split_words(clean_text(text), spelling)) {
    const auto* const special = std::find(specials.begin(), specials.end(), word);
    if (special != specials.end()) {
      result.push_back(kStartToken + static_cast<int>(special - specials.begin()));
      continue;
    }
    for (std::size_t i = 0; i < word.size(); i += kMaxWord) {
      const std::vector<int> ids = encode_word(word.substr(i, kMaxWord));
      result.insert(result.end(), ids.begin(), ids.end());
    }
  }
  return result;
}

}  // namespace redraw
