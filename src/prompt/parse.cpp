// The attention syntax of prompts.
#include "prompt/parse.h"

#include <cctype>
#include <optional>

#include "base/text.h"
#include "redraw/error.h"

namespace redraw {
namespace {

constexpr double kRound = 1.1, kSquare = 1 / 1.1;

bool is_white(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

Error not_a_weight(std::string_view number) {
  return Error(ErrorKind::kRequest, "\"" + std::string(number) + "\" is no weight", "prompt",
               "a weight in (words:weight) is one number", "for example (words:1.2)");
}

/// The number of ":1.3)" at the start; sets how many characters it takes.
std::optional<double> weight_at(std::string_view text, std::size_t& length) {
  std::size_t i = 1;
  while (i < text.size() && is_white(text[i])) ++i;
  const std::size_t start = i;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
  while (i < text.size() && ((text[i] >= '0' && text[i] <= '9') || text[i] == '.')) ++i;
  const std::size_t digits = i;
  const auto value = parse_number(text.substr(start, i - start));
  while (i < text.size() && is_white(text[i])) ++i;
  if (i >= text.size() || text[i] != ')') return std::nullopt;
  if (!value && digits > start) throw not_a_weight(text.substr(start, digits - start));
  if (!value) return std::nullopt;
  length = i + 1;
  return value;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  std::vector<WeightedText> run() {
    while (!rest_.empty()) step();
    for (const std::size_t start : round_) multiply(start, kRound);
    for (const std::size_t start : square_) multiply(start, kSquare);
    if (pieces_.empty()) pieces_.push_back({});
    return merged();
  }

 private:
  void step() {
    std::size_t length = 0;
    const char c = rest_[0];
    if (c == '\\') return escape();
    if (c == '(') { round_.push_back(pieces_.size()); return skip(1); }
    if (c == '[') { square_.push_back(pieces_.size()); return skip(1); }
    if (c == ':' && !round_.empty())
      if (const auto weight = weight_at(rest_, length)) { close(round_, *weight); return skip(length); }
    if (c == ')' && !round_.empty()) { close(round_, kRound); return skip(1); }
    if (c == ']' && !square_.empty()) { close(square_, kSquare); return skip(1); }
    text_until_special();
  }

  /// A backslash takes the next bracket or backslash as text and vanishes.
  void escape() {
    constexpr std::string_view kEscaped = "()[]\\";
    const bool takes = rest_.size() > 1 && kEscaped.find(rest_[1]) != std::string_view::npos;
    if (takes) pieces_.push_back({std::string(1, rest_[1])});
    skip(takes ? 2 : 1);
    if (!takes) pieces_.push_back({});
  }

  void text_until_special() {
    std::size_t end = 1;
    while (end < rest_.size() && std::string_view("\\()[]:").find(rest_[end]) == std::string_view::npos) ++end;
    add_with_breaks(rest_.substr(0, end));
    skip(end);
  }

  /// Splits at the word BREAK with the white space around it.
  void add_with_breaks(std::string_view text) {
    std::size_t from = 0;
    for (std::size_t at = 0; (at = text.find("BREAK", at)) != std::string_view::npos; at += 5) {
      const bool word = (at == 0 || !is_word(text[at - 1])) && (at + 5 == text.size() || !is_word(text[at + 5]));
      if (!word) continue;
      std::size_t before = at, after = at + 5;
      while (before > from && is_white(text[before - 1])) --before;
      while (after < text.size() && is_white(text[after])) ++after;
      pieces_.push_back({std::string(text.substr(from, before - from))});
      pieces_.push_back({"BREAK", -1, true});
      from = after;
    }
    pieces_.push_back({std::string(text.substr(from))});
  }

  void close(std::vector<std::size_t>& open, double weight) {
    multiply(open.back(), weight);
    open.pop_back();
  }

  void multiply(std::size_t start, double weight) {
    for (std::size_t i = start; i < pieces_.size(); ++i) pieces_[i].weight *= weight;
  }

  void skip(std::size_t count) { rest_.remove_prefix(count); }

  std::vector<WeightedText> merged() const {
    std::vector<WeightedText> result;
    for (WeightedText piece : pieces_) {
      piece.is_break = piece.is_break && piece.weight == -1;
      if (!result.empty() && result.back().weight == piece.weight) result.back().text += piece.text;
      else result.push_back(piece);
    }
    return result;
  }

  std::string_view rest_;
  std::vector<WeightedText> pieces_;
  std::vector<std::size_t> round_, square_;
};

}  // namespace

std::vector<WeightedText> parse_prompt_attention(std::string_view prompt) { return Parser(prompt).run(); }

}  // namespace redraw
