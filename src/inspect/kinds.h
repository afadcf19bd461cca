// TABLE of kinds of model files: what a file is, by its keys alone.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace redraw {

/// The keys of a state dictionary, sorted, without their tensors. Views the map that it was made of.
class KeySet {
 public:
  template <typename Map>
  explicit KeySet(const Map& tensors) {
    for (const auto& entry : tensors) keys_.push_back(entry.first);
    std::sort(keys_.begin(), keys_.end());
  }
  bool has(std::string_view key) const { return std::binary_search(keys_.begin(), keys_.end(), key); }
  bool has_prefix(std::string_view prefix) const {
    const auto found = std::lower_bound(keys_.begin(), keys_.end(), prefix);
    return found != keys_.end() && found->starts_with(prefix);
  }
  bool has_part(std::string_view part) const {
    return std::any_of(keys_.begin(), keys_.end(),
                       [&](std::string_view key) { return key.find(part) != std::string_view::npos; });
  }
  const std::vector<std::string_view>& all() const { return keys_; }

 private:
  std::vector<std::string_view> keys_;
};

enum class ModelKind { kCheckpoint, kVae, kLora, kEmbedding, kUpscaler, kOther };
std::string_view name_of(ModelKind kind);  // "checkpoint"

struct KindRow {
  ModelKind kind;
  const char* family;  // of a checkpoint "sd1", "sd2", "sdxl"; of an upscaler its architecture; else ""
  bool (*detect)(const KeySet& keys);
  const char* what;  // "a LoRA"
  const char* hint;  // for those who take it for a checkpoint; may be ""
};

/// The first row that claims the keys, the most specific first; nullptr: none does.
const KindRow* kind_of(const KeySet& keys);

}  // namespace redraw
