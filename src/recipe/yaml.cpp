// YAML -> settings by layers: extends, groups, stages, sweeps.
#include "recipe/yaml.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/files.h"
#include "recipe/sweep.h"
#include "recipe/yaml_node.h"

namespace redraw {
namespace {

namespace fs = std::filesystem;
using Layers = std::vector<std::vector<Setting>>;

Error request(const std::string& what, const std::string& where, const std::string& why, const std::string& fix) {
  return {ErrorKind::kRequest, what, where, why, fix};
}

struct Reader {
  std::vector<Error>& errors;
  Layers layers = {};
  std::vector<fs::path> open = {};  // the chain of extends, to find a circle

  void read(const fs::path& path, const std::string& asked_at);
  void read_map(const fs::path& path, const YAML::Node& root);
  void read_group(const std::string& name, const fs::path& path, const YAML::Node& map, std::vector<Setting>& own);
  void extend(const fs::path& path, const YAML::Node& value, const std::string& origin);
  Setting read_stages(const fs::path& path, const YAML::Node& list, const std::string& origin);
  Setting read_sweep(const fs::path& path, const YAML::Node& map, const std::string& origin);
  void read_axis_of(const Setting& axis, const YAML::Node& value, std::vector<Setting>& axes);
};

/// `soft_inpainting:` may hold its numbers as a map: {schedule_bias: 2} is soft_inpainting_schedule_bias.
bool has_group(const std::string& name) {
  const auto rows = options();
  if (!std::holds_alternative<bool Recipe::*>(find_option(name)->member)) return false;
  return std::any_of(rows.begin(), rows.end(), [&](const Option& o) { return o.key.starts_with(name + "_"); });
}

void Reader::read(const fs::path& path, const std::string& asked_at) {
  std::error_code nameless;  // a pipe of the shell has no path of its own
  fs::path full = fs::weakly_canonical(path, nameless);
  if (nameless) full = fs::absolute(path);
  if (std::find(open.begin(), open.end(), full) != open.end()) {
    errors.push_back(request(fmt::format("recipe \"{}\" extends itself", path.string()), asked_at,
                             "extends may not go in a circle", "remove one extends line"));
    return;
  }
  open.push_back(full);
  try {
    read_map(path, parse_yaml(path, read_file(path)));
  } catch (const Error& error) {
    const bool unread = error.kind() == ErrorKind::kFile;  // what names the path already
    errors.emplace_back(error.kind(), error.what(), unread ? asked_at : error.where(), error.why(), error.fix());
  }
  open.pop_back();
}

void Reader::extend(const fs::path& path, const YAML::Node& value, const std::string& origin) {
  std::vector<std::string> parents;
  if (!values_of_node(value, parents) || parents.empty()) {
    errors.push_back(request("extends names no recipe", origin, "extends takes a path or a list of paths",
                             "extends: other.yaml"));
    return;
  }
  for (const std::string& parent : parents) read(path.parent_path() / parent, origin);
}

/// The switch itself, and each line below it.
void Reader::read_group(const std::string& name, const fs::path& path, const YAML::Node& map,
                        std::vector<Setting>& own) {
  own.push_back({name, {"true"}, origin_of(path, map.Mark()), path.parent_path()});
  for (const auto& pair : map) {
    const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "?";
    Setting setting{name + "_" + key, {}, origin_of(path, pair.first.Mark()), path.parent_path()};
    if (values_of_node(pair.second, setting.values)) own.push_back(setting);
    else
      errors.push_back(request(fmt::format("{} holds a structure", setting.key), setting.origin,
                               "one number stands there", "write one plain value"));
  }
}

/// Each stage reads like a recipe of its own, with what it extends before what it says.
Setting Reader::read_stages(const fs::path& path, const YAML::Node& list, const std::string& origin) {
  Setting setting{"stages", {}, origin, path.parent_path()};
  for (std::size_t i = 0; list.IsSequence() && i < list.size(); ++i) {
    const YAML::Node item = list[i];
    Reader stage{errors, {}, open};
    if (item.IsMap()) stage.read_map(path, item);
    else errors.push_back(request("a stage is no list of settings", origin_of(path, item.Mark()),
                                  "each stage holds `key: value` lines", "  - denoise: 0.7"));
    std::vector<Setting>& part = setting.parts.emplace_back();
    for (const std::vector<Setting>& layer : stage.layers) part.insert(part.end(), layer.begin(), layer.end());
  }
  if (setting.parts.empty())
    errors.push_back(request("stages holds no stage", origin, "stages is a list, each item a partial recipe",
                             "begin each stage with \"- \", or leave stages out"));
  return setting;
}

/// {lake: [river, sea]} of `prompt` is search and replace, an axis for each word.
void Reader::read_axis_of(const Setting& axis, const YAML::Node& value, std::vector<Setting>& axes) {
  Setting own = axis;
  if (!value.IsMap() && values_of_node(value, own.values)) {
    if (own.key == kSearchReplace && !own.values.empty()) own.values.insert(own.values.begin(), own.values[0]);
    return axes.push_back(std::move(own));
  }
  bool good = value.IsMap() && axis.key == "prompt";
  if (good)
    for (const auto& pair : value) {
      Setting words{
          std::string(kSearchReplace), {pair.first.IsScalar() ? pair.first.Scalar() : ""}, axis.origin, axis.folder};
      good = good && values_of_node(pair.second, words.values);
      axes.push_back(std::move(words));
    }
  if (!good)
    errors.push_back(request(fmt::format("the sweep over {} holds a structure", axis.key), axis.origin,
                             "a list or a range stands there",
                             "for example denoise: [0.3, 0.5], seed: 1..4, or prompt: {lake: [river, sea]}"));
}

Setting Reader::read_sweep(const fs::path& path, const YAML::Node& map, const std::string& origin) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  Setting setting{"sweep", {}, origin, folder};
  std::vector<Setting>& axes = setting.parts.emplace_back();
  if (map.IsMap())
    for (const auto& pair : map) {
      const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "?";
      read_axis_of({key, {}, origin_of(path, pair.first.Mark()), folder}, pair.second, axes);
    }
  else if (!map.IsNull())
    errors.push_back(request("the sweep is no list of settings", origin,
                             "each line below it is a setting with its values",
                             "write them below it, such as denoise: 0.2..0.6 step 0.1"));
  return setting;
}

void Reader::read_map(const fs::path& path, const YAML::Node& root) {
  if (root.IsNull()) return;
  if (!root.IsMap())
    throw request("the recipe is no list of settings", origin_of(path, root.Mark()),
                  "a recipe is a flat list of `key: value` lines", "write one `key: value` a line");
  std::vector<Setting> own;
  std::set<std::string> seen;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  for (const auto& pair : root) {
    const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "?";
    const bool known = find_option(key) != nullptr;
    const std::string key_origin = origin_of(path, pair.first.Mark());
    const bool at_value = known && !pair.second.IsNull();  // yaml-cpp marks a null on the next line
    const std::string origin = at_value ? origin_of(path, pair.second.Mark()) : key_origin;
    const std::string name = known ? std::string(find_option(key)->key) : key;
    Setting setting{name, {}, origin, folder};
    if (!seen.insert(name).second)
      errors.push_back(request(fmt::format("{} is given twice", name), key_origin,
                               "each setting stands once in a recipe", "remove one of the two lines"));
    else if (key == "extends")
      extend(path, pair.second, key_origin);
    else if (key == "stages")
      own.push_back(read_stages(path, pair.second, key_origin));
    else if (key == "sweep")
      own.push_back(read_sweep(path, pair.second, key_origin));
    else if (known && pair.second.IsMap() && has_group(name))
      read_group(name, path, pair.second, own);
    else if (known &&
             !(find_option(key)->kind == TextKind::kLora ? loras_of_node : values_of_node)(pair.second, setting.values))
      errors.push_back(request(fmt::format("{} holds a structure", key), origin,
                               fmt::format("{} takes: {}", key, values_of(*find_option(key))),
                               "write one plain value"));
    else
      own.push_back(setting);
  }
  layers.push_back(own);
}

}  // namespace

Layers read_recipe(const fs::path& path, std::vector<Error>& errors) {
  Reader reader{errors};
  reader.read(path, path.string());
  return std::move(reader.layers);
}

}  // namespace redraw
