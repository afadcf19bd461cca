// A1111's infotext read back: prompt, negative prompt and fields, with what A1111 fills in.
#include "recipe/infotext_parse.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <utf8proc.h>

#include "base/text.h"
#include "prompt/parse.h"
#include "recipe/infotext.h"
#include "recipe/version.h"
#include "redraw/error.h"

namespace redraw {
namespace {

constexpr std::string_view kNegative = "Negative prompt:";
constexpr std::size_t kLeastFields = 3;  // fewer: the line belongs to the prompt

struct Character {
  utf8proc_int32_t code = -1;  // -1: a byte that is no UTF-8
  std::size_t size = 1;        // bytes
};

Character character_at(std::string_view text, std::size_t at) {
  Character c;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at;
  const auto size = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size() - at), &c.code);
  if (size > 0) c.size = static_cast<std::size_t>(size);
  return c;
}

/// Python's str.isspace.
bool is_space(const Character& c) {
  if ((c.code >= 9 && c.code <= 13) || (c.code >= 0x1c && c.code <= 0x20) || c.code == 0x85) return true;
  return c.code > 0x7f && utf8proc_category(c.code) >= UTF8PROC_CATEGORY_ZS &&
         utf8proc_category(c.code) <= UTF8PROC_CATEGORY_ZP;
}

/// Python's \w: letters, numbers and _.
bool is_word(const Character& c) {
  if (c.code < 0) return false;
  const auto category = utf8proc_category(c.code);
  return c.code == '_' || (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
         (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO);
}

bool is_key(const Character& c) { return is_word(c) || c.code == ' ' || c.code == '-' || c.code == '/'; }

std::size_t skip_space(std::string_view text, std::size_t at) {
  for (Character c; at < text.size() && is_space(c = character_at(text, at));) at += c.size;
  return at;
}

/// Python's str.strip.
std::string_view strip(std::string_view text) {
  text.remove_prefix(skip_space(text, 0));
  std::size_t end = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character c = character_at(text, at);
    at += c.size;
    if (!is_space(c)) end = at;
  }
  return text.substr(0, end);
}

/// End of the JSON string at `at` if a comma or the end of the text follows it.
std::optional<std::size_t> quoted_end(std::string_view text, std::size_t at) {
  if (at >= text.size() || text[at] != '"') return std::nullopt;
  std::size_t end = at + 1;
  while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
  if (end >= text.size() || end == at + 1) return std::nullopt;
  ++end;
  return end == text.size() || text[end] == ',' ? std::optional(end) : std::nullopt;
}

using Field = std::pair<std::string, std::string>;

/// Every "Key: value" of a line. A key has two characters at least, letters, digits, space, - and /.
std::vector<Field> fields_of_line(std::string_view line) {
  std::vector<Field> fields;
  for (std::size_t at = 0; at < line.size();) {
    const Character first = character_at(line, at);
    if (!is_word(first)) { at += first.size; continue; }
    std::size_t colon = at + first.size;
    for (Character c; colon < line.size() && is_key(c = character_at(line, colon));) colon += c.size;
    const bool is_field = colon > at + first.size && colon < line.size() && line[colon] == ':';
    if (!is_field) { at = colon; continue; }
    const std::size_t value = skip_space(line, colon + 1);
    const std::size_t end = quoted_end(line, value).value_or(std::min(line.find(',', value), line.size()));
    fields.emplace_back(line.substr(at, colon - at), line.substr(value, end - value));
    at = end + 1;
  }
  return fields;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Unquoted; "512x768" as two fields; a field without a value is dropped.
std::vector<Field> read_values(const std::vector<Field>& raw) {
  std::vector<Field> fields;
  for (const auto& [key, quoted] : raw) {
    if (quoted.empty()) continue;
    const std::string value = unquote_infotext(quoted);
    const std::size_t x = value.find('x');
    if (x != std::string::npos && is_number(value.substr(0, x)) && is_number(value.substr(x + 1))) {
      fields.emplace_back(key + "-1", value.substr(0, x));
      fields.emplace_back(key + "-2", value.substr(x + 1));
    } else {
      fields.emplace_back(key, value);
    }
  }
  return fields;
}

void add_prompt_lines(std::string_view text, InfotextParts& parts) {
  std::string* target = &parts.prompt;
  for (;;) {
    const std::size_t end = text.find('\n');
    std::string_view line = strip(text.substr(0, end));
    if (line.starts_with(kNegative)) {
      target = &parts.negative_prompt;
      line = strip(line.substr(kNegative.size()));
    }
    *target += (target->empty() ? "" : "\n") + std::string(line);
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

struct Default {
  const char* key;
  InfotextValue value;
};

const std::vector<Default>& defaults() {
  static const std::vector<Default> kDefaults = {
      {"Clip skip", std::string("1")},
      {"Hires sampler", std::string("Use same sampler")},
      {"Hires schedule type", std::string("Use same scheduler")},
      {"Hires checkpoint", std::string("Use same checkpoint")},
      {"Hires prompt", std::string()},
      {"Hires negative prompt", std::string()},
      {"Mask mode", std::string("Inpaint masked")},
      {"Masked content", std::string("original")},
      {"Inpaint area", std::string("Whole picture")},
      {"Masked area padding", 32},
      {"RNG", std::string("GPU")},
      {"Schedule type", std::string("Automatic")},
      {"Schedule max sigma", 0},
      {"Schedule min sigma", 0},
      {"Schedule rho", 0},
      {"VAE Encoder", std::string("Full")},
      {"VAE Decoder", std::string("Full")},
      {"FP8 weight", std::string("Disable")},
      {"Refiner switch by sampling steps", false},
  };
  return kDefaults;
}

std::string text_in(const InfotextMap& map, std::string_view key, const std::string& otherwise = "") {
  const auto found = map.find(key);
  const auto* text = found == map.end() ? nullptr : std::get_if<std::string>(&found->second);
  return text == nullptr ? otherwise : *text;
}

std::optional<int> number_in(const InfotextMap& map, std::string_view key, const std::string& otherwise) {
  const auto number = parse_integer(text_in(map, key, otherwise));
  return number && *number >= 0 && *number <= 1'000'000 ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

/// Hires fix as it was before 1.0: Size was the final one, "First pass size" the one that counts now.
void restore_first_pass(InfotextMap& map) {
  if (!map.contains("First pass size-1") || !map.contains("First pass size-2")) return;
  const auto first_width = number_in(map, "First pass size-1", ""),
             first_height = number_in(map, "First pass size-2", "");
  const auto width = number_in(map, "Size-1", "512"), height = number_in(map, "Size-2", "512");
  if (!first_width || !first_height || !width || !height || *width == 0 || *height == 0) return;
  const bool given = *first_width != 0 && *first_height != 0;
  const double scale = std::sqrt(512.0 * 512.0 / (static_cast<double>(*width) * *height));
  const auto side = [&](int from) { return static_cast<int>(std::ceil(scale * from / 64)) * 64; };
  map["Size-1"] = given ? *first_width : side(*width);
  map["Size-2"] = given ? *first_height : side(*height);
  map["Hires resize-1"] = *width;
  map["Hires resize-2"] = *height;
}

bool uses_emphasis(const std::string& prompt) {
  try {
    const auto parts = parse_prompt_attention(prompt);
    return std::any_of(parts.begin(), parts.end(),
                       [](const WeightedText& part) { return part.weight != 1 && part.text != "BREAK"; });
  } catch (const Error&) {
    return true;  // a weight that is no number
  }
}

/// The prompts of the second pass are only kept where they differ.
void drop_same_hires_prompts(InfotextMap& map, const std::optional<Version>& version) {
  if (!map.contains("Hires prompt") && !map.contains("Hires negative prompt")) return;
  if (version && !(*parse_version("1.8.0-139") < *version)) return;
  for (const auto& [hires, first] :
       {std::pair{"Hires prompt", "Prompt"}, std::pair{"Hires negative prompt", "Negative prompt"}}) {
    const std::string text = text_in(map, first);
    map[hires] = text_in(map, hires, text) == text ? "" : text_in(map, hires);
  }
}

void add_hypernet(InfotextMap& map) {
  if (!map.contains("Hypernet")) return;
  map["Prompt"] = text_in(map, "Prompt") + "<hypernet:" + text_in(map, "Hypernet") + ":" +
                  text_in(map, "Hypernet strength", "1.0") + ">";
}

/// What an older A1111 did otherwise.
void add_old_ways(InfotextMap& map, const Version& version) {
  const auto before = [&](const char* text) { return version < *parse_version(text); };
  const std::string sampler = text_in(map, "Sampler");
  if (before("1.6.0") && text_in(map, "Prompt").find('[') != std::string::npos)
    map["Old prompt editing timelines"] = true;
  if (before("1.6.0") && (sampler == "DDIM" || sampler == "PLMS")) map["Pad conds v0"] = true;
  if (before("1.7.0-225")) map["Downcast alphas_cumprod"] = true;
  if (before("1.8.0") && !text_in(map, "Refiner").empty()) map["Refiner switch by sampling steps"] = true;
}

}  // namespace

InfotextParts split_infotext(std::string_view text) {
  InfotextParts parts;
  text = strip(text);
  const std::size_t line = text.rfind('\n') + 1;  // 0 where there is one line only
  auto fields = fields_of_line(text.substr(line));
  if (fields.size() < kLeastFields) {
    add_prompt_lines(text, parts);
    return parts;
  }
  if (line > 0) add_prompt_lines(text.substr(0, line - 1), parts);
  parts.fields = read_values(fields);
  return parts;
}

InfotextMap parse_generation_parameters(std::string_view text) {
  const InfotextParts parts = split_infotext(text);
  InfotextMap map;
  for (const auto& [key, value] : parts.fields) map[key] = value;
  map["Prompt"] = parts.prompt;
  map["Negative prompt"] = parts.negative_prompt;
  const auto version = parse_version(text_in(map, "Version"));
  drop_same_hires_prompts(map, version);
  const bool emphasis = uses_emphasis(parts.prompt) || uses_emphasis(parts.negative_prompt);
  add_hypernet(map);
  if (!map.contains("Hires resize-1")) map["Hires resize-1"] = map["Hires resize-2"] = 0;
  for (const auto& [key, value] : defaults()) map.emplace(key, value);
  restore_first_pass(map);
  if (text_in(map, "FP8 weight") != "Disable") map.emplace("Cache FP16 weight for LoRA", false);
  if (emphasis) map.emplace("Emphasis", std::string("Original"));
  if (version) add_old_ways(map, *version);
  return map;
}

}  // namespace redraw
