// Everything that can be said about a model file without loading it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "inspect/architecture.h"
#include "inspect/kinds.h"
#include "redraw/error.h"

namespace redraw {

struct FileReport {
  std::filesystem::path path;
  std::uint64_t size = 0;  // bytes
  std::string format;      // "safetensors", "torch zip", "torch legacy", "ncnn"
  ModelKind kind = ModelKind::kOther;
  std::string family;      // "sd1", "sd2", "sdxl", ...; an upscaler's architecture; empty: it does not show
  std::string what;        // "a Stable Diffusion 1.x checkpoint, inpainting"
  std::optional<Architecture> architecture;  // of checkpoints
  std::size_t tensors = 0;
  std::uint64_t parameters = 0;
  std::vector<std::pair<std::string, std::size_t>> dtypes;  // with their numbers of tensors, by bytes, the most first
  std::vector<std::string> missing, left_over;
  std::map<std::string, std::string> metadata;
  std::vector<std::string> trigger_words;
  std::string sha256;       // empty: not computed
  std::string
      tensor_hash;  // LoRA in safetensors: SHA-256 of the bytes behind the header, 12 hex digits as A1111 has them
  std::optional<Error> error;  // it cannot be used; then only path and size, perhaps format and kind, are set
};

/// What the tensors and metadata of a file say, without path, size and hashes.
void describe(const ModelFile& file, FileReport& report);

/// The header only; numbers are read where the report needs few of them. Hashes are taken from the cache,
/// computed for files up to 64 MiB, and for larger ones where `hash` asks for them.
FileReport inspect_file(const std::filesystem::path& path, bool hash);

}  // namespace redraw
