// Everything that can be said about a model file without loading it.
#include "inspect/report.h"

#include <fmt/format.h>

#include "base/hash_cache.h"
#include "formats/bytes.h"
#include "formats/mapped_file.h"
#include "inspect/adapters.h"
#include "inspect/layout.h"

namespace redraw {
namespace {

constexpr std::uint64_t kSmall = 64 << 20;  // hashed at once: some 0.1 s
constexpr std::string_view kNcnn = "7767517";

void add_dtypes(const ModelFile& file, FileReport& report) {
  std::map<ElementType, std::pair<std::uint64_t, std::size_t>> by_type;  // bytes, tensors
  for (const auto& [key, tensor] : file.tensors) {
    by_type[tensor.type].first += tensor.bytes();
    ++by_type[tensor.type].second;
    report.parameters += tensor.elements();
  }
  std::vector<std::pair<std::uint64_t, ElementType>> ranked;
  for (const auto& [type, sums] : by_type) ranked.emplace_back(sums.first, type);
  std::sort(ranked.rbegin(), ranked.rend());
  for (const auto& [bytes, type] : ranked) report.dtypes.emplace_back(row_of(type).label, by_type[type].second);
}

const char* variant_of(const Architecture& architecture) {
  if (architecture.in_channels == 9) return ", inpainting (9 channels)";
  return architecture.in_channels == 8 ? ", instruct-pix2pix (8 channels)" : "";
}

void describe_checkpoint(const ModelFile& file, FileReport& report) {
  report.architecture = architecture_of(file, report.family);
  report.what += variant_of(*report.architecture);
}

void describe_lora(const ModelFile& file, const KeySet& keys, FileReport& report) {
  report.family = adapter_family(file, keys);
  report.trigger_words = trigger_words(file.metadata);
  report.missing = missing_partners(keys);
}

void describe_embedding(const ModelFile& file, FileReport& report) {
  report.trigger_words = {report.path.stem().string()};
  const EmbeddingFacts facts = embedding_facts(file, report.path);
  report.family = embedding_family(facts);
  report.what +=
      fmt::format(", {} vector{} of {}", facts.vectors, facts.vectors == 1 ? "" : "s", widths_text(facts.widths));
}

/// Byte at which the tensors of a safetensors file begin.
std::uint64_t data_start(const std::filesystem::path& path) {
  const MappedFile file(path);
  return 8 + little_endian(file.bytes(), 8);
}

void add_hashes(bool hash, FileReport& report) {
  const bool compute = hash || report.size <= kSmall;
  report.sha256 = file_hash(report.path, 0, compute);
  if (report.kind == ModelKind::kLora && report.format == "safetensors")
    report.tensor_hash = file_hash(report.path, data_start(report.path), compute).substr(0, 12);
}

/// ncnn's text beside a .bin: not a file of tensors, but an upscaler all the same.
bool is_ncnn(const std::filesystem::path& path) { return MappedFile(path).bytes().starts_with(kNcnn); }

void read(bool hash, FileReport& report) {
  std::error_code ignored;
  report.size = std::filesystem::file_size(report.path, ignored);
  if (ignored) report.size = 0;
  if (is_ncnn(report.path)) {
    report.kind = ModelKind::kUpscaler;
    report.format = "ncnn";
    report.what = "an upscaler (ncnn), its weights in the .bin beside it";
  } else {
    describe(read_model_file(report.path), report);
  }
  add_hashes(hash, report);
}

}  // namespace

void describe(const ModelFile& file, FileReport& report) {
  const KeySet keys(file.tensors);
  report.format = file.format;
  report.tensors = file.tensors.size();
  report.metadata = file.metadata;
  add_dtypes(file, report);
  const KindRow* row = kind_of(keys);
  report.what = row != nullptr ? row->what : "tensors of no kind that redraw knows";
  if (row == nullptr) return;
  report.kind = row->kind;
  report.family = row->family;
  if (row->kind == ModelKind::kLora) return describe_lora(file, keys, report);
  if (row->kind == ModelKind::kEmbedding) return describe_embedding(file, report);
  if (row->kind == ModelKind::kCheckpoint) describe_checkpoint(file, report);
  LayoutFacts facts = check_layout(keys, row->kind, report.family);
  report.missing = std::move(facts.missing);
  report.left_over = std::move(facts.left_over);
}

FileReport inspect_file(const std::filesystem::path& path, bool hash) {
  FileReport report;
  report.path = path;
  try {
    read(hash, report);
  } catch (const Error& error) {
    report.error = error;
  }
  return report;
}

}  // namespace redraw
