// Picture settings: what a single picture is redrawn with otherwise than the recipe says.
#include "batch/picture_settings.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/csv.h"
#include "base/files.h"
#include "base/text.h"
#include "batch/paths.h"
#include "image/exif_text.h"
#include "prompt/comments.h"
#include "recipe/infotext_parse.h"
#include "recipe/infotext_settings.h"
#include "recipe/sweep.h"
#include "recipe/yaml.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSource = "{source.", kPromptKeys[] = {"prompt", "negative_prompt"};

fs::path beside(const Input& input, const char* suffix) {
  return input.path.parent_path() / (input.path.stem().string() + suffix);
}

bool names_source(const Recipe& recipe) {
  return recipe.prompt.find(kSource) != std::string::npos || recipe.negative_prompt.find(kSource) != std::string::npos;
}

/// "Prompt", "prompt" and "CFG scale" as keys of settings.
std::vector<std::string> info_keys(const Recipe& recipe, std::vector<Error>& errors) {
  std::vector<std::string> keys;
  for (const std::string& name : recipe.png_info) {
    const std::string_view key = key_of_field(name);
    const Option* option = find_option(key.empty() ? name : key);
    if (option != nullptr && is_per_picture(*option)) keys.emplace_back(option->key);
    else
      errors.emplace_back(ErrorKind::kRequest, fmt::format("png_info cannot be \"{}\"", name),
                          origin_of(recipe, "png_info"),
                          "it names fields of an infotext that a picture can be redrawn with",
                          "for example Prompt, Negative prompt, Seed, Steps, CFG scale, Sampler");
  }
  return keys;
}

bool is_prompt(std::string_view key) { return key == kPromptKeys[0] || key == kPromptKeys[1]; }

/// The settings that a picture may not have are told and dropped.
void drop_settings_of_run(std::vector<Setting>& layer, std::vector<Error>& errors) {
  std::erase_if(layer, [&](const Setting& setting) {
    const Option* option = find_option(setting.key);
    if (option == nullptr || is_per_picture(*option)) return false;  // an unknown key is told when it is applied
    errors.push_back(not_per_picture(setting));
    return true;
  });
}

}  // namespace

PictureSettings::PictureSettings(const Recipe& recipe, std::vector<Error>& errors)
    : recipe_(recipe), info_keys_(info_keys(recipe, errors)) {
  const bool has_prompt_flag =
      std::any_of(recipe.flags.begin(), recipe.flags.end(), [](const Setting& s) { return s.key == kPromptKeys[0]; });
  if (recipe.prompt_from == PromptFrom::kSidecar && has_prompt_flag)
    errors.emplace_back(ErrorKind::kRequest, "a prompt and prompt_from: sidecar are both given",
                        origin_of(recipe, "prompt"), "each decides the prompt of every picture", "keep one of them");
  if (!recipe.manifest.empty())
    for (ManifestRow& row : read_manifest(recipe.manifest, errors)) {
      const std::string key = canonical_of(row.path).string();
      rows_.emplace(key, Row{std::move(row)});
    }
  try {
    const std::string file = recipe.styles_file.empty() ? "styles.csv" : recipe.styles_file;
    if (!recipe.styles.empty() || is_there(file)) styles_ = read_styles(file);
  } catch (const Error& error) {
    errors.emplace_back(error.kind(), error.what(), origin_of(recipe, "styles"), error.why(),
                        "name another styles_file");
  }
}

PictureSettings::Layer PictureSettings::infotext_layer(const Input& input) const {
  if (info_keys_.empty()) return {};
  const auto text = picture_infotext(read_file(input.path));
  if (!text) return {};  // as A1111 has it: redrawn as the recipe says
  std::vector<std::string> ignored;
  Layer layer = settings_of_infotext(*text, input.path.string(), ignored);
  std::erase_if(layer, [&](const Setting& s) {
    return std::find(info_keys_.begin(), info_keys_.end(), s.key) == info_keys_.end();
  });
  for (Setting& setting : layer) {
    if (!is_prompt(setting.key)) continue;
    const std::string own = setting.values[0].starts_with("@@") ? setting.values[0].substr(1) : setting.values[0];
    const std::string& base = setting.key == kPromptKeys[0] ? recipe_.prompt : recipe_.negative_prompt;
    setting.values = {escape_prompt(own.empty() ? base : base.empty() ? own : base + " " + own)};
  }
  return layer;
}

PictureSettings::Layer PictureSettings::prompt_layer(const Input& input) const {
  if (recipe_.prompt_from != PromptFrom::kSidecar) return {};
  const fs::path path = beside(input, ".txt");
  if (!is_there(path))
    throw Error(ErrorKind::kRequest, fmt::format("there is no prompt for \"{}\"", input.path.string()),
                origin_of(recipe_, "prompt_from"),
                fmt::format("prompt_from: sidecar reads it from \"{}\"", path.string()),
                "write that file, or take the picture out");
  const std::string text(without_bom(read_file(path)));
  return {{"prompt", {escape_prompt(trim(text))}, path.string(), {}}};
}

std::vector<PictureSettings::Layer> PictureSettings::sidecar_layers(const Input& input,
                                                                    std::vector<Error>& request_errors) const {
  const fs::path path = beside(input, ".redraw.yaml");
  if (!recipe_.sidecars || !is_there(path)) return {};
  std::vector<Layer> layers = read_recipe(path, request_errors);
  for (Layer& layer : layers) drop_settings_of_run(layer, request_errors);
  return layers;
}

std::vector<PictureSettings::Layer> PictureSettings::layers_of(const Input& input, std::vector<Error>& request_errors) {
  std::vector<Layer> layers = sidecar_layers(input, request_errors);
  try {
    layers.insert(layers.begin(), prompt_layer(input));
  } catch (const Error& error) {
    request_errors.push_back(error);
  }
  const auto row = rows_.find(input.canonical.string());
  if (row != rows_.end()) {
    row->second.used = true;
    layers.push_back(row->second.row.settings);
  }
  std::erase_if(layers, [](const Layer& layer) { return layer.empty(); });
  return layers;
}

std::optional<Recipe> PictureSettings::own_recipe(const Input& input, std::vector<Error>& request_errors) {
  Layer info = infotext_layer(input);
  std::vector<Layer> layers = layers_of(input, request_errors);
  if (info.empty() && layers.empty() && !names_source(recipe_)) return std::nullopt;
  Recipe own = recipe_;
  std::vector<Setting> flags = recipe_.flags;  // a prompt in them stands in the info layer already
  std::erase_if(flags, [&](const Setting& flag) {
    return is_prompt(flag.key) &&
           std::any_of(info.begin(), info.end(), [&](const Setting& s) { return s.key == flag.key; });
  });
  for (const Error& error : apply_settings(own, std::move(info))) throw error;  // a picture's metadata, not the request
  layers.push_back(std::move(flags));
  for (Layer& layer : layers)
    for (Error& error : apply_settings(own, std::move(layer))) request_errors.push_back(std::move(error));
  own.prompt = fill_source(own.prompt, input, origin_of(own, "prompt"));
  own.negative_prompt = fill_source(own.negative_prompt, input, origin_of(own, "negative_prompt"));
  if (const auto missing = replace_words(own)) throw *missing;
  finish_prompts(own);
  return own;
}

void PictureSettings::finish_prompts(Recipe& recipe) const {
  apply_styles(styles_, recipe.styles, origin_of(recipe, "styles"), recipe.prompt, recipe.negative_prompt);
  recipe.styles.clear();
  recipe.prompt = strip_comments(recipe.prompt);
  recipe.negative_prompt = strip_comments(recipe.negative_prompt);
}

std::vector<const ManifestRow*> PictureSettings::unused_rows() const {
  std::vector<const ManifestRow*> unused;
  for (const auto& [path, row] : rows_)
    if (!row.used) unused.push_back(&row.row);
  return unused;
}

std::vector<std::string> manifest_inputs(const Recipe& recipe) {
  if (recipe.manifest.empty()) return {};
  std::vector<Error> told_elsewhere;
  std::vector<std::string> paths;
  for (const ManifestRow& row : read_manifest(recipe.manifest, told_elsewhere))
    paths.push_back(row.path.is_absolute() || row.path.has_parent_path() ? row.path.string()
                                                                         : "./" + row.path.string());
  return paths;
}

std::string fill_source(const std::string& prompt, const Input& input, const std::string& where) {
  std::string filled;
  std::optional<InfotextParts> parts;
  std::size_t from = 0;
  for (std::size_t at; (at = prompt.find(kSource, from)) != std::string::npos;) {
    const std::size_t name = at + kSource.size(), end = prompt.find('}', name);
    const std::string word = end == std::string::npos ? "" : prompt.substr(name, end - name);
    if (!is_prompt(word))
      throw Error(ErrorKind::kRequest,
                  fmt::format("the prompt asks for \"{}{}\"", kSource, word + (word.empty() ? "" : "}")), where,
                  "the source's prompt and negative_prompt are known",
                  "write {source.prompt} or {source.negative_prompt}");
    if (!parts) {
      const auto text = picture_infotext(read_file(input.path));
      if (!text)
        throw Error(ErrorKind::kFile,
                    fmt::format("\"{}\" does not say which prompt it was made with", input.path.string()), where,
                    "it has no infotext, and the prompt asks for {source.prompt}",
                    "take the picture out, or give it a prompt of its own");
      parts = split_infotext(*text);
    }
    filled += prompt.substr(from, at - from) + (word == kPromptKeys[0] ? parts->prompt : parts->negative_prompt);
    from = end + 1;
  }
  return filled + prompt.substr(from);
}

}  // namespace redraw
