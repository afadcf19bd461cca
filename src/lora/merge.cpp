// LoRAs merged into the weights of a loaded model, and taken out again bit for bit.
#include "lora/merge.h"

#include <ATen/ATen.h>

#include <fmt/format.h>

#include "lora/kinds.h"
#include "redraw/error.h"

namespace redraw {
namespace {

/// OpenCLIP's attention has one weight for q, k and v: A1111 changes it only where all four layers are there.
bool lacks_a_part(const LoraTarget& target, const std::map<std::string, int>& layers_of_attention) {
  const auto found = layers_of_attention.find(target.attention());
  return found != layers_of_attention.end() && found->second < 4;
}

std::set<std::string> keys_of(const NamedWeights& weights) {
  std::set<std::string> keys;
  for (const auto& [key, weight] : weights) keys.insert(key);
  return keys;
}

[[noreturn]] void nothing_matches(const LoraFile& file) {
  throw Error(ErrorKind::kModel, fmt::format("\"{}\" does not fit this checkpoint", file.path.filename().string()),
              file.path.string(),
              fmt::format("none of its {} layers is in the checkpoint; the first is \"{}\"", file.layers.size(),
                          file.layers.begin()->first),
              "take a LoRA that was made for this kind of checkpoint (SD 1.x, SD 2.x and SDXL differ)");
}

}  // namespace

LoraMerger::LoraMerger(NamedWeights weights)
    : weights_(std::move(weights)), targets_(lora_targets(keys_of(weights_))) {}

MergedLora LoraMerger::match(const LoraUse& lora, const LoraFile& file, Changes& changes) const {
  std::vector<Change> found;
  std::map<std::string, int> layers_of_attention;
  MergedLora merged{0, file.layers.size(), file.unread};
  for (const auto& [name, parts] : file.layers) {
    const auto target = targets_.find(name);
    if (target == targets_.end()) { merged.left_over.push_back(name); continue; }
    found.push_back({&lora, &file, &name, target->second});
    if (const std::string attention = target->second.attention(); !attention.empty()) ++layers_of_attention[attention];
  }
  for (const Change& change : found) {
    if (lacks_a_part(change.target, layers_of_attention)) { merged.left_over.push_back(*change.layer); continue; }
    changes[change.target.weight_key()].push_back(change);
    ++merged.matched;
  }
  if (merged.matched == 0) nothing_matches(file);
  return merged;
}

/// The weight in f32, its original kept.
at::Tensor LoraMerger::begin(const std::string& key) {
  const at::Tensor weight = weights_.at(key).tensor();
  originals_.emplace(key, weight.to(at::kCPU, weight.scalar_type(), false, true));
  return weight.to(weight.device(), at::kFloat, false, true);
}

void LoraMerger::change_weight(const std::vector<Change>& changes) {
  const LoraTarget& first = changes[0].target;
  at::Tensor weight = begin(first.weight_key()), bias;
  for (const Change& change : changes) {
    const LoraLayer layer{*change.file, *change.layer, change.file->layers.at(*change.layer)};
    const double by = change.target.is_text ? change.lora->text_weight : change.lora->unet_weight;
    const auto own_rows = [&](const at::Tensor& whole) {
      return change.target.third < 0 ? whole : whole.chunk(3)[static_cast<std::size_t>(change.target.third)];
    };
    const LoraDelta delta = lora_delta(layer, own_rows(weight), change.lora->dim);
    if (delta.weight.defined()) own_rows(weight).add_(delta.weight, by);
    if (!delta.bias.defined()) continue;
    if (!weights_.contains(first.bias_key()))
      reject_layer(layer, "it changes a bias, and the checkpoint has none there");
    if (!bias.defined()) bias = begin(first.bias_key());
    if (own_rows(bias).numel() != delta.bias.numel())
      reject_layer(
          layer, fmt::format("its diff_b has {} numbers for a bias of {}", delta.bias.numel(), own_rows(bias).numel()));
    own_rows(bias).add_(delta.bias.reshape(own_rows(bias).sizes()), by);
  }
  weights_.at(first.weight_key()).assign(weight);
  if (bias.defined()) weights_.at(first.bias_key()).assign(bias);
}

void LoraMerger::restore() {
  for (const auto& [key, original] : originals_) weights_.at(key).assign(original);
  originals_.clear();
  applied_.clear();
  merged_.clear();
}

const std::vector<MergedLora>& LoraMerger::apply(const std::vector<LoraUse>& loras) {
  if (loras == applied_) return merged_;
  restore();
  std::vector<LoraFile> files;
  Changes changes;
  for (const LoraUse& lora : loras) files.push_back(read_lora(lora.path));
  try {
    for (std::size_t i = 0; i < loras.size(); ++i) merged_.push_back(match(loras[i], files[i], changes));
    for (const auto& [key, of_weight] : changes) change_weight(of_weight);
  } catch (...) {
    restore();
    throw;
  }
  applied_ = loras;
  return merged_;
}

}  // namespace redraw
