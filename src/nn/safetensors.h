// Safetensors files: mapped, checked, never copied as a whole.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <ATen/core/Tensor.h>

namespace redraw {

using StateDict = std::map<std::string, at::Tensor>;

/// All tensors as views into the mapped file, which lives as long as any of them.
/// Errors: kFile if it cannot be opened; kModel, naming file and reason, if it is another kind of
/// file, cut short, or lies about lengths, offsets, shapes or types.
StateDict read_safetensors(const std::filesystem::path& path);

}  // namespace redraw
