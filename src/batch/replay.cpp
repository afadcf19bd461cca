// Replay: a picture made again from what it says, and how near that comes.
#include "batch/replay.h"

#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/scratch.h"
#include "batch/model_lookup.h"
#include "batch/paths.h"
#include "image/png.h"
#include "recipe/chunk_settings.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

std::string chunk_of(const fs::path& picture) {
  const auto texts = png_texts(read_file(picture));
  const auto chunk = texts.find("redraw");
  if (chunk != texts.end()) return chunk->second;
  throw Error(ErrorKind::kFile, fmt::format("\"{}\" does not say enough to be made again", picture.string()),
              picture.string(), "it has no PNG text \"redraw\"",
              "settings of A1111's pictures: redraw INPUT --from PICTURE");
}

/// A picture's own paths start where it was made; a model that is not there is looked for by its name.
fs::path found_model(const fs::path& path) {
  if (is_there(path)) return path;
  Recipe recipe;
  recipe.model = path.stem().string();
  return find_model(recipe);
}

void check_source(const Source& source, const ReplayOptions& options, std::vector<Error>& errors) {
  try {
    fs::path path = source.path;
    if (source.role == "model") path = options.model.empty() ? found_model(path) : fs::path(options.model);
    const std::string sha256 = sha256_of_file(path);
    if (sha256 != source.sha256)
      errors.emplace_back(
          ErrorKind::kFile, fmt::format("the {} \"{}\" is another one than then", source.role, path.string()),
          path.string(), fmt::format("its SHA-256 is {}, the picture was made of {}", sha256, source.sha256),
          source.role == "model" ? "name the right file: --model PATH" : "put the old file back");
  } catch (const Error& error) {
    errors.emplace_back(error.kind(), error.what(), error.where(), error.why(),
                        source.role == "model" ? "name the file: --model PATH"
                                               : "run replay in the folder in which the picture was made");
  }
}

/// Of the picture's own run, but into this file and quietly.
Recipe recipe_of(const std::string& chunk, const fs::path& picture, const fs::path& output,
                 const ReplayOptions& options, std::vector<Error>& errors) {
  Recipe recipe;
  errors = apply_settings(recipe, settings_of_chunk(chunk, picture.string()));
  recipe.output = output.string();
  recipe.existing = Existing::kOverwrite;
  if (!options.model.empty()) recipe.model = options.model;
  else if (!is_there(recipe.model)) recipe.model = fs::path(recipe.model).stem().string();
  if (!options.device.empty()) recipe.device = options.device;
  if (!options.dtype.empty()) recipe.dtype = options.dtype;
  return recipe;
}

std::string text_at(const Json& json, const char* key) {
  return json.contains(key) && json.at(key).is_string() ? json.at(key).get<std::string>() : "";
}

/// "device cpu, then cuda:0", for each that differs.
std::string changes_between(const std::string& then, const std::string& now) {
  const Json a = Json::parse(then, nullptr, false), b = Json::parse(now, nullptr, false);
  std::string note;
  for (const char* key : {"version", "device", "dtype", "vae_dtype"})
    if (text_at(a, key) != text_at(b, key))
      note += fmt::format("{}{} {}, then {}", note.empty() ? "" : "; ", key, text_at(b, key), text_at(a, key));
  return note;
}

Verdict verdict_of(const Comparison& comparison) {
  if (comparison.error) return Verdict::kFailed;
  if (comparison.metrics && comparison.metrics->difference.changed == 0) return Verdict::kBitExact;
  return comparison.failures.empty() ? Verdict::kWithinTolerance : Verdict::kDifferent;
}

void replay_into(const fs::path& output, const ReplayOptions& options, const EngineFactory& make_engine,
                 Replay& result) {
  const std::string chunk = chunk_of(result.picture);
  for (const Source& source : sources_of_chunk(chunk, result.picture.string()))
    check_source(source, options, result.errors);
  if (!result.errors.empty()) return;
  const Recipe recipe = recipe_of(chunk, result.picture, output, options, result.errors);
  if (!result.errors.empty()) return;
  RunOptions quiet;
  quiet.quiet = true;
  if (const int code = run_recipe_with(recipe, quiet, make_engine); code != 0) {
    result.errors.emplace_back(code == 130 ? ErrorKind::kInterrupted : ErrorKind::kSomeFailed,
                               fmt::format("\"{}\" could not be made again", result.picture.string()),
                               result.picture.string(), fmt::format("the run ended with {}", code),
                               "see the messages above");
    return;
  }
  result.note = changes_between(chunk, chunk_of(output));
  result.comparison = pair_up(result.picture, output)[0];
  compare(result.comparison, {}, options.tolerance);
  result.verdict = verdict_of(result.comparison);
}

}  // namespace

std::vector<Source> sources_of_chunk(const std::string& chunk, const std::string& origin) {
  settings_of_chunk(chunk, origin);  // for its error
  const Json json = Json::parse(chunk);
  std::vector<Json> stages = json.value("stages", std::vector<Json>());
  stages.push_back(json);
  std::vector<Source> sources;
  std::set<std::pair<std::string, std::string>> seen;
  const auto add = [&](const char* role, const Json& file) {
    Source source{role, text_at(file, "path"), text_at(file, "sha256")};
    if (file.is_object() && seen.emplace(role, source.path.string()).second) sources.push_back(std::move(source));
  };
  for (std::size_t i = 0; i < stages.size(); ++i) {
    for (const char* role : {"input", "mask", "sketch", "model", "vae", "upscaler"})
      if (i == 0 || std::string_view(role) != "input")  // else the picture of the stage before
        add(role, stages[i].value(role, Json()));
    for (const auto& [key, role] : {std::pair{"loras", "LoRA"}, std::pair{"embeddings", "embedding"}})
      for (const Json& file : stages[i].value(key, Json::array())) add(role, file);
  }
  return sources;
}

const char* verdict_name(Verdict verdict) {
  constexpr const char* kNames[] = {"bit-exact", "within tolerance", "different", "failed"};
  return kNames[static_cast<std::size_t>(verdict)];
}

Replay replay(const fs::path& picture, const ReplayOptions& options, const EngineFactory& make_engine) {
  Replay result;
  result.picture = picture;
  try {
    const Scratch scratch;
    const fs::path folder = options.keep.empty() ? scratch.path() : options.keep;
    replay_into(folder / (picture.stem().string() + ".png"), options, make_engine, result);
  } catch (const Error& error) {
    result.errors.push_back(error);
  }
  return result;
}

}  // namespace redraw
