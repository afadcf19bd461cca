// A recipe's text as yaml-cpp's nodes.
#include "recipe/yaml_node.h"

#include <algorithm>
#include <map>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>

namespace redraw {
namespace {

namespace fs = std::filesystem;

Error request(const std::string& what, const std::string& where, const std::string& why,
              const std::string& fix) {
  return {ErrorKind::kRequest, what, where, why, fix};
}

/// A map of `loras` as "name:te:unet"; empty: it is none.
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

/// Sees where documents begin that hold anything.
class Documents : public YAML::EventHandler {
 public:
  std::vector<YAML::Mark> marks;

  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t, const std::string&) override {
    content(mark);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { content(mark); }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    content(mark);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    content(mark);
  }
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
                  "a recipe is a flat list of `key: value` lines",
                  "correct this line (an example of every key: configs/default.yaml)");
}

}  // namespace

std::string origin_of(const fs::path& path, const YAML::Mark& mark) {
  if (mark.line < 0) return path.string();
  return fmt::format("{}:{}:{}", path.string(), mark.line + 1, mark.column + 1);
}

YAML::Node parse_yaml(const fs::path& path, const std::string& text) {
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

bool loras_of_node(const YAML::Node& node, std::vector<std::string>& values) {
  if (node.IsScalar()) values.push_back(node.Scalar());
  if (node.IsMap()) values.push_back(lora_of_map(node));
  if (node.IsSequence())
    for (const auto& item : node)
      values.push_back(item.IsMap() ? lora_of_map(item) : item.IsScalar() ? item.Scalar() : "");
  return std::find(values.begin(), values.end(), "") == values.end();
}

}  // namespace redraw
