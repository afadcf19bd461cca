// A small JSON Schema validator: the keywords that our schemas use, and no other.
#pragma once

#include <algorithm>
#include <regex>
#include <string>

#include <nlohmann/json.hpp>

namespace redraw::test {

inline bool is_type(const nlohmann::json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  return false;
}

/// Empty: the value fits. rules: the schema for it; root: the whole, for $ref.
inline std::string schema_problem(const nlohmann::json& value, const nlohmann::json& rules,
                                  const nlohmann::json& root) {
  for (const auto& [keyword, rule] : rules.items()) {
    if (keyword == "$schema" || keyword == "$id" || keyword == "title" || keyword == "description" ||
        keyword == "$defs")
      continue;
    if (keyword == "$ref") {
      const std::string name = rule;
      if (auto problem = schema_problem(value, root.at(nlohmann::json::json_pointer(name.substr(1))), root);
          !problem.empty())
        return problem;
    } else if (keyword == "oneOf") {
      int fitting = 0;
      std::string last;
      for (const auto& one : rule) {
        const std::string problem = schema_problem(value, one, root);
        fitting += problem.empty();
        if (!problem.empty() && problem.find("const") == std::string::npos) last = problem;
      }
      if (fitting != 1) return std::to_string(fitting) + " of oneOf fit: " + last;
    } else if (keyword == "type") {
      if (!is_type(value, rule)) return value.dump() + " is no " + rule.dump();
    } else if (keyword == "const") {
      if (value != rule) return value.dump() + " is not const " + rule.dump();
    } else if (keyword == "enum") {
      if (std::find(rule.begin(), rule.end(), value) == rule.end()) return value.dump() + " is not in " + rule.dump();
    } else if (keyword == "minimum") {
      if (value < rule) return value.dump() + " is below " + rule.dump();
    } else if (keyword == "pattern") {
      if (!std::regex_search(value.get<std::string>(), std::regex(rule.get<std::string>())))
        return value.dump() + " does not match " + rule.dump();
    } else if (keyword == "required") {
      for (const auto& key : rule)
        if (!value.contains(key.get<std::string>())) return "lacks " + key.dump();
    } else if (keyword == "properties") {
      for (const auto& [key, one] : rule.items())
        if (value.contains(key))
          if (auto problem = schema_problem(value.at(key), one, root); !problem.empty()) return key + ": " + problem;
    } else if (keyword == "additionalProperties") {
      for (const auto& [key, one] : value.items()) {
        if (rules.contains("properties") && rules.at("properties").contains(key)) continue;
        if (rule.is_boolean() && !rule.get<bool>()) return "has " + key;
        if (rule.is_object())
          if (auto problem = schema_problem(one, rule, root); !problem.empty()) return key + ": " + problem;
      }
    } else if (keyword == "items") {
      for (const auto& one : value)
        if (auto problem = schema_problem(one, rule, root); !problem.empty()) return problem;
    } else if (keyword == "minItems" || keyword == "maxItems") {
      const bool fits =
          keyword == "minItems" ? value.size() >= rule.get<std::size_t>() : value.size() <= rule.get<std::size_t>();
      if (!fits) return value.dump() + " breaks " + keyword;
    } else {
      return "the validator does not know " + keyword;
    }
  }
  return "";
}

}  // namespace redraw::test
