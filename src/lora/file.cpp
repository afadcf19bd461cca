// A LoRA file: its tensors sorted by the layer that they change.
#include "lora/file.h"

#include <algorithm>
#include <optional>

#include "redraw/error.h"

namespace redraw {
namespace {

struct PartRow {
  std::string_view end;   // of a key
  std::string_view part;  // empty: the end without its dot
};

/// The longer ends first.
constexpr PartRow kParts[] = {
    {"_lora.up.weight", "lora_up"},  // attention processors of diffusers: to_q_lora
    {"_lora.down.weight", "lora_down"},
    {".lora_linear_layer.up.weight", "lora_up"},
    {".lora_linear_layer.down.weight", "lora_down"},
    {".lora_linear_layer.alpha", "alpha"},
    {".lora.up.weight", "lora_up"},
    {".lora.down.weight", "lora_down"},
    {".lora.alpha", "alpha"},
    {".lora_up.weight", "lora_up"},
    {".lora_down.weight", "lora_down"},
    {".lora_mid.weight", "lora_mid"},
    {".lora_B.default.weight", "lora_up"},
    {".lora_A.default.weight", "lora_down"},
    {".lora_B.weight", "lora_up"},
    {".lora_A.weight", "lora_down"},
    {".lora_magnitude_vector.default.weight", "dora_scale"},
    {".lora_magnitude_vector.weight", "dora_scale"},
    {".lora_magnitude_vector", "dora_scale"},
    {".dora_scale", ""},
    {".alpha", ""},
    {".scale", ""},
    {".hada_w1_a", ""}, {".hada_w1_b", ""}, {".hada_w2_a", ""}, {".hada_w2_b", ""}, {".hada_t1", ""}, {".hada_t2", ""},
    {".lokr_w1", ""}, {".lokr_w1_a", ""}, {".lokr_w1_b", ""},
    {".lokr_w2", ""}, {".lokr_w2_a", ""}, {".lokr_w2_b", ""}, {".lokr_t2", ""},
    {".diff", ""},
    {".diff_b", ""},
    {".w_norm", "diff"},
    {".b_norm", "diff_b"},
    {".a1.weight", ""}, {".a2.weight", ""}, {".b1.weight", ""}, {".b2.weight", ""},
    {".oft_blocks", ""},
    {".on_input", ""},
    {".weight", ""}};  // IA3

constexpr std::string_view kPeft = "base_model.model.", kProcessor = ".processor.";

std::string layer_name(std::string name) {
  if (name.starts_with(kPeft)) name.erase(0, kPeft.size());
  const std::size_t processor = name.find(kProcessor);
  if (processor == std::string::npos) return name;
  name.erase(processor, kProcessor.size() - 1);
  return name.ends_with(".to_out") ? name + ".0" : name;
}

const PartRow* part_of(std::string_view key) {
  const auto* row =
      std::find_if(std::begin(kParts), std::end(kParts), [&](const PartRow& r) { return key.ends_with(r.end); });
  return row == std::end(kParts) ? nullptr : row;
}

/// IA3 has a plain "weight", which means something only beside its switch.
void drop_plain_weights(LoraFile& file) {
  for (auto layer = file.layers.begin(); layer != file.layers.end();) {
    LoraParts& parts = layer->second;
    if (parts.contains("weight") && !parts.contains("on_input")) {
      parts.erase("weight");
      file.unread.push_back(layer->first + ".weight");
    }
    layer = parts.empty() ? file.layers.erase(layer) : std::next(layer);
  }
}

}  // namespace

LoraFile sort_lora(const std::filesystem::path& path, const StateDict& tensors) {
  LoraFile file{path, {}, {}};
  for (const auto& [key, tensor] : tensors) {
    const PartRow* row = part_of(key);
    if (row == nullptr) { file.unread.push_back(key); continue; }
    const std::string layer = layer_name(key.substr(0, key.size() - row->end.size()));
    file.layers[layer][std::string(row->part.empty() ? row->end.substr(1) : row->part)] = tensor;
  }
  drop_plain_weights(file);
  return file;
}

LoraFile read_lora(const std::filesystem::path& path) {
  LoraFile file = sort_lora(path, load_tensors(path));
  if (!file.layers.empty()) return file;
  throw Error(ErrorKind::kModel, "\"" + path.filename().string() + "\" is no LoRA", path.string(),
              "none of its " + std::to_string(file.unread.size()) +
                  " keys belongs to a LoRA, LoHa, LoKr or another network of that kind",
              "give a LoRA as kohya's scripts, LyCORIS, PEFT or diffusers write it");
}

}  // namespace redraw
