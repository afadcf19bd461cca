// LoRAs merged into the weights of a loaded model, and taken out again bit for bit.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lora/file.h"
#include "lora/names.h"
#include "nn/weight.h"
#include "redraw/job.h"

namespace redraw {

/// What became of one LoRA of a set.
struct MergedLora {
  std::size_t matched = 0, total = 0;  // layers
  std::vector<std::string> left_over;  // names of the layers, and keys, that belong nowhere
};

class LoraMerger {
 public:
  /// weights  by their keys in the checkpoint; those of the networks, which are assigned to
  explicit LoraMerger(NamedWeights weights);

  /// Makes the weights those of the checkpoint with these LoRAs added in their order, and nothing else. The same set
  /// twice costs nothing. After an error the weights are those of the checkpoint.
  ///
  /// Errors: kFile, kModel: a file is none or damaged, a layer does not fit, or no layer of a file matches.
  const std::vector<MergedLora>& apply(const std::vector<LoraUse>& loras);

 private:
  /// A layer of a file and what it is for.
  struct Change {
    const LoraUse* lora;
    const LoraFile* file;
    const std::string* layer;
    LoraTarget target;
  };
  /// By the key of the weight; in the order of the LoRAs.
  using Changes = std::map<std::string, std::vector<Change>>;

  MergedLora match(const LoraUse& lora, const LoraFile& file, Changes& changes) const;
  void change_weight(const std::vector<Change>& changes);
  at::Tensor begin(const std::string& key);
  void restore();

  NamedWeights weights_;
  LoraTargets targets_;
  std::map<std::string, at::Tensor> originals_;  // of what is changed now: on the CPU, in the weight's own format
  std::vector<LoraUse> applied_;
  std::vector<MergedLora> merged_;
};

}  // namespace redraw
