// The tensors and plain values of an unpickled dictionary, by key.
#include "formats/pickle_collect.h"

#include <optional>
#include <set>

#include <fmt/format.h>

namespace redraw {
namespace {

using enum PickleKind;
constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxKey = 512, kMaxTensors = 200'000;

std::optional<std::string> key_of(const PickleValue& value) {
  if (value.kind == kText) return std::string(value.text);
  if (value.kind == kInteger) return std::to_string(value.integer);
  return std::nullopt;  // Lightning's callbacks have classes as keys
}

std::optional<std::string> plain_text(const PickleValue& value) {
  switch (value.kind) {
    case kText: return std::string(value.text.substr(0, 4096));
    case kInteger: return std::to_string(value.integer);
    case kFloat: return fmt::format("{}", value.number);
    case kBool: return value.integer != 0 ? "true" : "false";
    default: return std::nullopt;
  }
}

class Collector {
 public:
  Collector(const Pickle& pickle, const Fault& fault) : pickle_(pickle), fault_(fault) {}

  Collected collect() {
    const PickleValue* root = pickle_.root;
    if (root->kind != kDict) fault_.fail("it holds no dictionary of tensors");
    while (true) {
      add_metadata(*root);
      const PickleValue* inner = member(*root, "state_dict");
      if (inner == nullptr || inner->kind != kDict || !seen_.insert(root).second) break;
      root = inner;
    }
    seen_.clear();
    walk(*root, "", 0);
    return std::move(collected_);
  }

 private:
  static const PickleValue* member(const PickleValue& dict, std::string_view key) {
    const PickleValue* found = nullptr;
    for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2)
      if (dict.items[i]->kind == kText && dict.items[i]->text == key) found = dict.items[i + 1];
    return found;
  }

  void add_metadata(const PickleValue& dict) {
    for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2)
      if (const auto text = plain_text(*dict.items[i + 1]); text && key_of(*dict.items[i]))
        collected_.metadata.emplace(*key_of(*dict.items[i]), *text);
  }

  /// Each dictionary once: they can share others, or hold themselves.
  void walk(const PickleValue& dict, const std::string& prefix, int depth) {
    if (depth > kMaxDepth) fault_.fail("its dictionaries are nested too deep");
    if (!seen_.insert(&dict).second) return;
    for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
      const PickleValue& value = *dict.items[i + 1];
      const std::optional<std::string> key = key_of(*dict.items[i]);
      if (!key || (value.kind != kTensor && value.kind != kDict)) continue;
      if (prefix.size() + key->size() > kMaxKey)
        fault_.fail("it holds a key that is longer than any model's: " + quoted_name(*key));
      if (value.kind == kDict) walk(value, prefix + *key + ".", depth + 1);
      else collected_.tensors[prefix + *key] = &pickle_.tensors[static_cast<std::size_t>(value.integer)];
      if (collected_.tensors.size() > kMaxTensors) fault_.fail("it holds more tensors than any model");
    }
  }

  const Pickle& pickle_;
  const Fault& fault_;
  Collected collected_;
  std::set<const PickleValue*> seen_;
};

}  // namespace

Collected collect(const Pickle& pickle, const Fault& fault) { return Collector(pickle, fault).collect(); }

}  // namespace redraw
