// A model file of any format: its tensors by key, shape and place, without reading their numbers.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/element_types.h"

namespace redraw {

/// A view into a storage. Everything is checked: each element lies inside `storage`.
struct TensorInfo {
  ElementType type{};
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;  // in elements, >= 0
  std::string_view storage;           // the bytes that it lies in; tensors may share them
  std::int64_t offset = 0;            // of the first element, in elements

  std::uint64_t elements() const;
  std::uint64_t bytes() const { return elements() * row_of(type).size; }
};

struct ModelFile {
  std::string format;  // "safetensors", "torch zip", "torch legacy"
  /// Keys of nested dictionaries are joined by dots; a dictionary under "state_dict" stands for the whole file.
  std::map<std::string, TensorInfo> tensors;
  std::map<std::string, std::string> metadata;  // of the header; or the plain values beside the tensors
  std::uint64_t size = 0;                       // of the file, in bytes
  std::shared_ptr<const void> owner;            // of the bytes that the storages view
};

/// What a file is says its content, not its name: safetensors, or torch.save's zip or older format.
/// The numbers stay in the mapped file. No code of a pickle is run and none is looked up.
/// Errors: kFile if it cannot be opened; kModel, naming file and reason, if it is something else, cut
/// short, holds more than tensors and plain containers, or lies about lengths, offsets or shapes.
ModelFile read_model_file(const std::filesystem::path& path);

/// The same for bytes that are already there; they must outlive what is returned.
ModelFile parse_model_file(std::string_view bytes, const std::filesystem::path& path);

/// Strides of a tensor without gaps.
std::vector<std::int64_t> packed_strides(const std::vector<std::int64_t>& shape);

}  // namespace redraw
