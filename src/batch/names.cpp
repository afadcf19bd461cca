// TABLE of the words in output names, and what is made of a pattern.
#include "batch/names.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"
#include "batch/paths.h"
#include "schedule/samplers.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kPromptLetters = 128, kPromptWords = 8, kHashDigits = 8;
constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", kWhite = " \t\n\r\f\v";

/// The first letters of UTF-8 text.
std::string first_letters(const std::string& text, std::size_t count) {
  std::size_t at = 0;
  for (; at < text.size() && count > 0; --count)
    do ++at; while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
  return text.substr(0, at);
}

/// A prompt as a part of a file name. source A1111 1.10 images.sanitize_filename_part
std::string file_name_part(std::string text, bool keep_spaces) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || std::string_view("#<>:\"/\\|?*").find(c) != std::string_view::npos ||
        (c == ' ' && !keep_spaces))
      c = '_';
  text = first_letters(text.substr(std::min(text.find_first_not_of(' '), text.size())), kPromptLetters);
  return text.substr(0, text.find_last_not_of(" .") + 1);
}

std::string first_words(const std::string& prompt) {
  std::string text;
  std::size_t words = 0;
  const std::string apart = std::string(kPunctuation) + std::string(kWhite);
  for (std::size_t at = 0; words < kPromptWords && (at = prompt.find_first_not_of(apart, at)) != std::string::npos;
       ++words) {
    const std::size_t end = std::min(prompt.find_first_of(apart, at), prompt.size());
    text += (text.empty() ? "" : " ") + prompt.substr(at, end - at);
    at = end;
  }
  return file_name_part(words == 0 ? "empty" : text, true);
}

std::string hash_of(const std::string& text) {
  return sha256_of_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}).substr(0, kHashDigits);
}

constexpr NameWord kWords[] = {
    {"rel_dir", "folder of the input below the folder that was named",
     [](const NameContext& c) { return c.input.rel_dir.string(); }},
    {"stem", "name of the input without suffix", [](const NameContext& c) { return c.input.path.stem().string(); }},
    {"seed", "seed", [](const NameContext& c) { return fmt::format("{}", c.job.seed); }},
    {"steps", "steps", [](const NameContext& c) { return fmt::format("{}", c.job.recipe.steps); }},
    {"width", "width of the result", [](const NameContext& c) { return fmt::format("{}", c.job.target_size.width); }},
    {"height", "height of the result",
     [](const NameContext& c) { return fmt::format("{}", c.job.target_size.height); }},
    {"cfg", "cfg_scale", [](const NameContext& c) { return fmt::format("{}", c.job.recipe.cfg_scale); }},
    {"sampler", "sampler", [](const NameContext& c) { return std::string(find_sampler(c.job.recipe.sampler)->label); }},
    {"scheduler", "schedule type",
     [](const NameContext& c) { return std::string(find_scheduler(c.job.recipe.scheduler)->label); }},
    {"denoising", "denoise", [](const NameContext& c) { return fmt::format("{}", c.job.recipe.denoise); }},
    {"clip_skip", "clip_skip", [](const NameContext& c) { return fmt::format("{}", c.job.recipe.clip_skip); }},
    {"model_name", "name of the checkpoint", [](const NameContext& c) { return c.model_name; }},
    {"prompt", "prompt, spaces as _", [](const NameContext& c) { return file_name_part(c.job.recipe.prompt, false); }},
    {"prompt_spaces", "prompt with its spaces",
     [](const NameContext& c) { return file_name_part(c.job.recipe.prompt, true); }},
    {"prompt_words", "first 8 words of the prompt",
     [](const NameContext& c) { return first_words(c.job.recipe.prompt); }},
    {"prompt_hash", "8 digits of the prompt's SHA-256",
     [](const NameContext& c) { return hash_of(c.job.recipe.prompt); }},
    {"negative_prompt_hash", "the same of the negative prompt",
     [](const NameContext& c) { return hash_of(c.job.recipe.negative_prompt); }},
    {"full_prompt_hash", "the same of both, with a space between",
     [](const NameContext& c) { return hash_of(c.job.recipe.prompt + " " + c.job.recipe.negative_prompt); }},
    {"index", "number of the result in the run", [](const NameContext& c) { return fmt::format("{}", c.index); }},
    {"generation_number", "number of the result of its input",
     [](const NameContext& c) { return fmt::format("{}", c.variant); }},
};

const NameWord* find_word(std::string_view word) {
  const auto* row = std::find_if(std::begin(kWords), std::end(kWords),
                                 [&](const NameWord& w) { return w.word == word; });
  return row == std::end(kWords) ? nullptr : row;
}

/// f(word) for each "[word]"; what it gives replaces the word.
template <typename F>
std::string replace_words(const std::string& pattern, F f) {
  std::string text;
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t end = pattern[at] == '[' ? pattern.find(']', at) : std::string::npos;
    if (end == std::string::npos) {
      text += pattern[at++];
      continue;
    }
    text += f(pattern.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return text;
}

std::string without_slashes(std::string text) {
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

bool tells_variants_apart(const std::string& pattern) {
  return pattern.find("[index]") != std::string::npos || pattern.find("[seed]") != std::string::npos ||
         pattern.find("[generation_number]") != std::string::npos;
}

std::string without_png(const std::string& pattern) {
  const bool png = to_lower(fs::path(pattern).extension().string()) == ".png";
  return png ? pattern.substr(0, pattern.size() - 4) : pattern;
}

}  // namespace

std::span<const NameWord> name_words() { return kWords; }

fs::path expand_name(const std::string& pattern, const NameContext& context) {
  std::string text = replace_words(without_png(pattern), [&](const std::string& word) {
    const std::string value = find_word(word)->value(context);
    return word == "rel_dir" ? value : without_slashes(value);
  });
  if (context.variants > 1 && !tells_variants_apart(pattern)) text += fmt::format("-{}", context.variant);
  return fs::path("./" + text + ".png").lexically_normal();
}

std::optional<Error> check_name(const Recipe& recipe) {
  std::string unknown, all;
  const std::string plain = replace_words(recipe.name, [&](const std::string& word) {
    if (find_word(word) == nullptr) unknown = word;
    return std::string("x");
  });
  for (const NameWord& row : kWords) all += fmt::format(" [{}]", row.word);
  const auto error = [&](const std::string& what, const std::string& why, const std::string& fix) {
    return Error(ErrorKind::kRequest, what, origin_of(recipe, "name"), why, fix);
  };
  if (!unknown.empty())
    return error(fmt::format("unknown word [{}] in the name \"{}\"", unknown, recipe.name),
                 "the words are" + all, "correct the word, or leave it out");
  const fs::path name = fs::path("./" + plain).lexically_normal();
  if (name.begin() != name.end() && *name.begin() == "..")
    return error(fmt::format("the name \"{}\" leaves the output folder", recipe.name),
                 "results are written below the output folder", "name another folder with --output");
  const std::string suffix = to_lower(fs::path(plain).extension().string());
  if (suffix == ".jpg" || suffix == ".jpeg" || suffix == ".webp" || suffix == ".bmp" || suffix == ".tga")
    return error(fmt::format("the name \"{}\" asks for {}", recipe.name, suffix), "results are PNG files",
                 "end the name in .png");
  return std::nullopt;
}

}  // namespace redraw
