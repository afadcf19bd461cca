// Model lookup: a path or a name to a checkpoint file.
#include "batch/model_lookup.h"

#include <cstdlib>
#include <sstream>

#include <fmt/format.h>

#include "base/files.h"
#include "batch/paths.h"
#include "redraw/error.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

bool is_file(const fs::path& path) { return is_there(path) && !is_folder(path); }

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

fs::path data_folder() {
  if (const std::string data = variable("XDG_DATA_HOME"); !data.empty()) return data;
  const std::string home = variable("HOME");
  return home.empty() ? fs::path() : fs::path(home) / ".local/share";
}

/// The file names that a name can stand for, the likelier one first.
std::vector<std::string> file_names_of(const std::string& name) {
  const fs::path suffix = fs::path(name).extension();
  if (suffix == ".safetensors" || suffix == ".ckpt") return {name};
  return {name + ".safetensors", name + ".ckpt", name};
}

}  // namespace

std::vector<fs::path> model_folders() {
  std::vector<fs::path> folders;
  std::istringstream own(variable("REDRAW_MODELS"));
  for (std::string folder; std::getline(own, folder, ':');)
    if (!folder.empty()) folders.emplace_back(folder);
  folders.emplace_back("models");
  folders.push_back((executable_folder() / "../../../models").lexically_normal());  // build/release/bin
  folders.push_back((executable_folder() / "../share/redraw/models").lexically_normal());
  if (const fs::path data = data_folder(); !data.empty()) folders.push_back(data / "redraw/models");
  return folders;
}

fs::path find_model(const Recipe& recipe) {
  const std::string name = recipe.model.empty() ? "demo" : recipe.model;
  const std::vector<std::string> files = file_names_of(name);
  if (!recipe.model.empty() && is_file(name)) return name;
  std::vector<std::string> looked_in;
  if (fs::path(name).is_relative())
    for (const fs::path& folder : model_folders()) {
      for (const std::string& file : files)
        if (is_file(folder / file)) return folder / file;
      looked_in.push_back(folder.string());
    }
  throw Error(ErrorKind::kModel,
              recipe.model.empty() ? "the demo model is not there, and no model is named"
                                   : fmt::format("there is no model \"{}\"", name),
              origin_of(recipe, "model"),
              looked_in.empty()
                  ? "no file has this path"
                  : fmt::format("looked for {} in {}", fmt::join(files, ", "), fmt::join(looked_in, ", ")),
              "give the path of a .safetensors or .ckpt checkpoint: --model PATH");
}

}  // namespace redraw
