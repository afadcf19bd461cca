// YAML <-> Recipe; the only file that knows yaml-cpp.
#include "recipe/yaml.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "base/files.h"
#include "recipe/stages.h"
#include "recipe/sweep.h"

namespace redraw {
namespace {

namespace fs = std::filesystem;
using Layers = std::vector<std::vector<Setting>>;

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

std::string origin_of(const fs::path& path, const YAML::Mark& mark) {
  if (mark.line < 0) return path.string();
  return fmt::format("{}:{}:{}", path.string(), mark.line + 1, mark.column + 1);
}

Error request(const std::string& what, const std::string& where, const std::string& why,
              const std::string& fix) {
  return {ErrorKind::kRequest, what, where, why, fix};
}

/// {name: ink, weight: 0.8} or {file: ink.safetensors, te: 0.5, unet: 0.8} of `loras` as "ink:0.8"; empty: it is neither.
std::string lora_of_map(const YAML::Node& map) {
  std::map<std::string, std::string> parts;
  for (const auto& pair : map) {
    if (!pair.first.IsScalar() || !pair.second.IsScalar()) return "";
    const std::string key = pair.first.Scalar();
    if (!parts.emplace(key == "file" ? "name" : key == "weight" ? "te" : key, pair.second.Scalar()).second) return "";
  }
  for (const auto& [key, value] : parts)
    if (key != "name" && key != "te" && key != "unet") return "";
  if (!parts.contains("name") || parts["name"].find(':') != std::string::npos) return "";
  std::string text = parts["name"];
  if (parts.contains("te") || parts.contains("unet")) text += ":" + (parts.contains("te") ? parts["te"] : "1");
  return parts.contains("unet") ? text + ":" + parts["unet"] : text;
}

/// As values_of_node, with maps as items.
bool loras_of_node(const YAML::Node& node, std::vector<std::string>& values) {
  if (node.IsScalar()) values.push_back(node.Scalar());
  if (node.IsMap()) values.push_back(lora_of_map(node));
  if (node.IsSequence())
    for (const auto& item : node) values.push_back(item.IsMap() ? lora_of_map(item) : item.IsScalar() ? item.Scalar() : "");
  return std::find(values.begin(), values.end(), "") == values.end();
}

/// The texts of a scalar, a list of scalars or null; false for anything deeper.
bool values_of_node(const YAML::Node& node, std::vector<std::string>& values) {
  if (node.IsNull()) return true;
  if (node.IsScalar()) values.push_back(node.Scalar());
  if (node.IsScalar()) return true;
  if (!node.IsSequence()) return false;
  for (const auto& item : node) {
    if (!item.IsScalar()) return false;
    values.push_back(item.Scalar());
  }
  return true;
}

/// yaml-cpp takes the end of the file for a missing closing quote; an explicit end makes it refuse.
std::string with_end(const std::string& text) {
  return text + (text.empty() || text.back() == '\n' ? "...\n" : "\n...\n");
}

/// yaml-cpp calls a tab, and a second colon, an "illegal map value".
bool begins_with_tab(const std::string& text, const YAML::Mark& mark) {
  std::istringstream lines(text);
  std::string line;
  for (int i = 0; i <= mark.line; ++i) std::getline(lines, line);
  return line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string::npos;
}

Error invalid(const fs::path& path, const std::string& text, const YAML::Exception& problem) {
  std::string reason = problem.msg;
  std::string fix = "correct this line (an example of every key: configs/default.yaml)";
  if (begins_with_tab(text, problem.mark)) {
    reason = "the line begins with a tab";
    fix = "indent with spaces, or not at all";
  } else if (problem.msg == YAML::ErrorMsg::DOC_IN_SCALAR) {
    reason = "a quote is opened and not closed";
  } else if (problem.msg == YAML::ErrorMsg::MAP_VALUE) {
    reason = "a second colon stands in the line";
    fix = "put a text that holds \": \" in double quotes";
  }
  return request("the recipe is not valid YAML: " + reason, origin_of(path, problem.mark),
                 "a recipe is a flat list of `key: value` lines", fix);
}

/// `soft_inpainting:` may hold its numbers as a map: {schedule_bias: 2} is soft_inpainting_schedule_bias.
bool has_group(const std::string& name) {
  const auto rows = options();
  if (!std::holds_alternative<bool Recipe::*>(find_option(name)->member)) return false;
  return std::any_of(rows.begin(), rows.end(), [&](const Option& o) { return o.key.starts_with(name + "_"); });
}

/// Sees where documents begin that hold anything.
class Documents : public YAML::EventHandler {
 public:
  std::vector<YAML::Mark> marks;

  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t, const std::string&) override { content(mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { content(mark); }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override { content(mark); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override { content(mark); }
  void OnDocumentStart(const YAML::Mark& mark) override {
    empty_ = true;
    last = mark;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnSequenceEnd() override {}
  void OnMapEnd() override {}
  bool is_empty() const { return empty_; }
  YAML::Mark last;  // where the document begins

 private:
  void content(const YAML::Mark& mark) {
    if (empty_) marks.push_back(mark);
    empty_ = false;
  }
  bool empty_ = true;
};

/// YAML::LoadAll never ends where a stray sign makes empty documents without end.
void check_one_document(const fs::path& path, const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  Documents documents;
  while (documents.marks.size() < 2 && parser.HandleNextDocument(documents) && !documents.is_empty()) {}
  if (documents.marks.size() > 1)
    throw request("the recipe holds more than one document", origin_of(path, documents.marks[1]),
                  "a recipe is one flat list of `key: value` lines", "take the line with --- out");
  if (documents.is_empty() && parser)
    throw request("the recipe is not valid YAML: a sign stands where a key should", origin_of(path, documents.last),
                  "a recipe is a flat list of `key: value` lines", "correct this line (an example of every key: configs/default.yaml)");
}

YAML::Node parse(const fs::path& path, const std::string& text) {
  if (text.find('\0') != std::string::npos)
    throw request(fmt::format("\"{}\" is no recipe", path.string()), path.string(), "it is no text file",
                  "name a YAML file of `key: value` lines");
  try {
    check_one_document(path, with_end(text));
    return YAML::Load(with_end(text));
  } catch (const YAML::Exception& problem) {
    throw invalid(path, text, problem);
  }
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
    read_map(path, parse(path, read_file(path)));
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
void Reader::read_group(const std::string& name, const fs::path& path, const YAML::Node& map, std::vector<Setting>& own) {
  own.push_back({name, {"true"}, origin_of(path, map.Mark()), path.parent_path()});
  for (const auto& pair : map) {
    const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "?";
    Setting setting{name + "_" + key, {}, origin_of(path, pair.first.Mark()), path.parent_path()};
    if (values_of_node(pair.second, setting.values)) own.push_back(setting);
    else errors.push_back(request(fmt::format("{} holds a structure", setting.key), setting.origin, "one number stands there", "write one plain value"));
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
      Setting words{std::string(kSearchReplace), {pair.first.IsScalar() ? pair.first.Scalar() : ""}, axis.origin, axis.folder};
      good = good && values_of_node(pair.second, words.values);
      axes.push_back(std::move(words));
    }
  if (!good)
    errors.push_back(request(fmt::format("the sweep over {} holds a structure", axis.key), axis.origin, "a list or a range stands there",
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
    errors.push_back(request("the sweep is no list of settings", origin, "each line below it is a setting with its values",
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
    else if (known && !(find_option(key)->kind == TextKind::kLora ? loras_of_node : values_of_node)(pair.second, setting.values))
      errors.push_back(request(fmt::format("{} holds a structure", key), origin,
                               fmt::format("{} takes: {}", key, values_of(*find_option(key))),
                               "write one plain value"));
    else
      own.push_back(setting);
  }
  layers.push_back(own);
}

bool is_bare(const Option& option) {
  return !option.choices.empty() || option.kind == TextKind::kSampler ||
         option.kind == TextKind::kScheduler ||
         !std::holds_alternative<std::string Recipe::*>(option.member);
}

std::string quoted(std::string text, const Option& option) {
  if (option.kind == TextKind::kPrompt && text.rfind('@', 0) == 0) text.insert(0, "@");
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// One line for each setting that differs from the other recipe.
std::string lines_of(const Recipe& recipe, const Recipe& other, bool all) {
  std::string text;
  for (const Option& option : options()) {
    if (is_pair(option)) continue;
    const std::string value = yaml_value(option, recipe);
    if (all || value != yaml_value(option, other)) text += fmt::format("{}: {}\n", option.key, value);
  }
  return text;
}

/// The lines as one item of a list.
std::string as_item(const std::string& lines) {
  if (lines.empty()) return "  - {}\n";
  std::string text;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) text += (text.empty() ? "  - " : "    ") + line + "\n";
  return text;
}

/// The axis as its line of `sweep`; an explicit list, whatever it was made of.
std::string axis_line(const Setting& axis) {
  const auto text = [](const std::string& value) { return nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); };
  const bool search = axis.key == kSearchReplace && !axis.values.empty();
  std::vector<std::string> values;
  for (std::size_t i = search ? 1 : 0; i < axis.values.size(); ++i) values.push_back(text(axis.values[i]));
  const std::string list = fmt::format("[{}]", fmt::join(values, ", "));
  return search ? fmt::format("  prompt: {{{}: {}}}\n", text(axis.values[0]), list) : fmt::format("  {}: {}\n", axis.key, list);
}

}  // namespace

Layers read_recipe(const fs::path& path, std::vector<Error>& errors) {
  Reader reader{errors};
  reader.read(path, path.string());
  return std::move(reader.layers);
}

std::string yaml_value(const Option& option, const Recipe& recipe) {
  if (const auto* list = std::get_if<std::vector<std::string> Recipe::*>(&option.member)) {
    std::vector<std::string> items;
    for (const std::string& item : recipe.**list) items.push_back(quoted(item, option));
    return fmt::format("[{}]", fmt::join(items, ", "));
  }
  const auto text = text_of(option, recipe);
  if (!text) return "null";
  return is_bare(option) ? *text : quoted(*text, option);
}

std::string write_recipe(const Recipe& recipe, bool all) {
  std::string text = lines_of(recipe, Recipe{}, all);
  std::vector<Error> ignored;  // of settings that were applied before
  if (!recipe.stages.empty()) text += "stages:\n";
  if (!recipe.stages.empty())
    for (const Recipe& stage : stage_recipes(recipe, ignored)) text += as_item(lines_of(stage, recipe, false));
  if (!recipe.sweep.empty()) text += "sweep:\n";
  for (const Setting& axis : recipe.sweep) text += axis_line(axis);
  return text;
}

}  // namespace redraw
