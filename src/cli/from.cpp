// What a picture says about how it was made, as settings: for --from and for show --recipe.
#include "cli/from.h"

#include <fmt/format.h>

#include "base/files.h"
#include "batch/model_lookup.h"
#include "image/exif_text.h"
#include "image/png.h"
#include "recipe/chunk_settings.h"
#include "recipe/infotext_settings.h"
#include "recipe/yaml.h"

namespace redraw {
namespace {

namespace fs = std::filesystem;

/// A name, never a path: the text of a picture opens no file of its choice.
bool has_model(const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos) return false;
  try {
    Recipe recipe;
    recipe.model = name;
    find_model(recipe);
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::string in_one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  return text;
}

}  // namespace

std::string infotext_in(const fs::path& path) {
  if (auto text = picture_infotext(read_file(path))) return *text;
  throw Error(ErrorKind::kFile, fmt::format("\"{}\" does not say how it was made", path.string()), path.string(),
              "it has no PNG text \"parameters\" and no EXIF user comment",
              "name a PNG, JPEG or WebP file that redraw or A1111 wrote");
}

PictureSettings settings_in(const fs::path& path) {
  PictureSettings found;
  const std::string text = infotext_in(path);
  found.settings = settings_of_infotext(text, path.string(), found.left_over);
  const std::string model = model_of_infotext(text);
  if (has_model(model)) found.settings.push_back({"model", {model}, path.string() + ": Model", {}});
  else if (!model.empty())
    found.left_over.push_back(fmt::format("Model: {} (no file of this name in the model folders)", model));
  for (std::string& name : found.left_over) name = in_one_line(name);
  return found;
}

std::optional<std::string> chunk_in(const fs::path& path) {
  const auto texts = png_texts(read_file(path));  // empty for what is no PNG
  const auto chunk = texts.find("redraw");
  return chunk == texts.end() ? std::nullopt : std::optional(chunk->second);
}

std::string recipe_in(const fs::path& path, std::vector<Error>& errors) {
  Recipe recipe;
  std::string head = fmt::format("# Made from \"{}\".\n", in_one_line(path.string()));
  const auto chunk = chunk_in(path);
  PictureSettings found;
  if (chunk) found.settings = settings_of_chunk(*chunk, path.string());
  else found = settings_in(path);
  for (const std::string& name : found.left_over) head += "# Left over: " + name + "\n";
  errors = apply_settings(recipe, std::move(found.settings));
  return head + write_recipe(recipe);
}

}  // namespace redraw
