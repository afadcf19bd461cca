// LoRAs that pictures are made with: put into the model, counted, hashed.
#include "pipeline/networks.h"

#include <cstdint>
#include <fstream>

#include <fmt/format.h>

#include "base/files.h"

namespace redraw {
namespace {

/// Where the tensors of a safetensors file begin; 0 of another file.
std::uint64_t start_of_tensors(const std::filesystem::path& path) {
  std::uint64_t length = 0;
  std::ifstream file(path, std::ios::binary);
  const bool read = path.extension() == ".safetensors" && file.read(reinterpret_cast<char*>(&length), sizeof length);
  return read ? length + sizeof length : 0;
}

std::string layers_text(const LoraUse& lora, const MergedLora& merged) {
  std::string text = fmt::format("LoRA \"{}\": {} of {} layers", lora.name, merged.matched, merged.total);
  if (merged.left_over.empty()) return text;
  text += fmt::format("; the checkpoint has no place for \"{}\"", merged.left_over[0]);
  return merged.left_over.size() == 1 ? text : text + fmt::format(" and {} more", merged.left_over.size() - 1);
}

void check_left_over(const LoraUse& lora, const MergedLora& merged, bool strict) {
  if (!strict || merged.left_over.empty()) return;
  throw Error(ErrorKind::kModel, layers_text(lora, merged), lora.path.string(), "warnings are errors with --strict",
              "take a LoRA that was made for this kind of checkpoint, or leave --strict out");
}

}  // namespace

const UsedNetwork& Networks::facts_of(const std::filesystem::path& path) {
  UsedNetwork& facts = facts_[path];
  if (!facts.sha256.empty()) return facts;
  facts.kind = "lora";
  facts.path = path.string();
  facts.sha256 = sha256_of_file(path);
  facts.short_hash = sha256_of_file(path, start_of_tensors(path)).substr(0, 12);
  return facts;
}

void Networks::use(const Job& job, Generated& generated) {
  const std::vector<MergedLora>& merged = merger_.apply(job.loras);
  for (std::size_t i = 0; i < merged.size(); ++i) {
    const LoraUse& lora = job.loras[i];
    check_left_over(lora, merged[i], job.recipe.strict);
    generated.notes.push_back(layers_text(lora, merged[i]));
    UsedNetwork used = facts_of(lora.path);
    used.name = lora.name;
    used.matched = merged[i].matched;
    used.total = merged[i].total;
    generated.networks.push_back(std::move(used));
  }
}

}  // namespace redraw
